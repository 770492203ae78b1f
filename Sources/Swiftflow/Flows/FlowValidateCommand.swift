import ArgumentParser
import KisFlow

/// `flow validate`.
struct FlowValidateCommand<Program: WorkerProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "validate", abstract: "Check a folder of KisFlow files: every mistake at once.",
            discussion:
                "Functions and connectors that this program does not have are mistakes. Exit code 1 if there is one, 2 if there is no such folder."
        )
    }

    @OptionGroup var folder: FlowFolder

    @Argument(help: "The folder; --flows or SWIFTFLOW_FLOWS where it is not given.", completion: .directory) var directory: String?

    @Flag(help: "Count warnings as errors.") var strict = false

    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let console = FlowConsole(Program.name, json: json)
        let report: FlowCheckReport
        do {
            let path = try folder.path(directory)
            let registry = try WorkerSetup.functions(Program.self, flowDirectory: path)
            report = FlowCheckReport(path, try await FlowCheck(directory: path).with(registry), strict: strict)
            console.print(json ? try FlowJSON.text(report) : report.lines.map(\.text).joined(separator: "\n"))
        } catch {
            console.fail(error, .usage)
            throw ExitCode(FlowExit.usage.rawValue)
        }
        if !report.isValid { throw ExitCode(FlowExit.failed.rawValue) }
    }
}

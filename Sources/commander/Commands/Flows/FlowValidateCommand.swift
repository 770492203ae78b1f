import ArgumentParser
import Console
import Swiftflow

/// `commander flow validate`.
struct FlowValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check the KisFlow files (flow, func, conn) of a directory.",
        discussion: """
            Needs no database and no worker: whether a worker has the code of a function, `flow validate` of that worker says. Exit code 1 if there is an error.

            EXAMPLES:
              commander flow validate dags/kisflow
              commander flow validate dags/kisflow --strict --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A directory of YAML files.", completion: .directory)
    var path: String

    @Flag(help: "Count warnings as errors.")
    var strict = false

    func run() async throws {
        let report = try self.report
        try options.terminal.show(report, json: options.json)
        if !report.isValid { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// What is wrong with the files.
    var report: FlowValidationReport {
        get throws {
            do { return FlowValidationReport(check: try FlowCheckReport(directory: path, strict: strict)) } catch {
                throw Failure(.usage, error.description)
            }
        }
    }
}

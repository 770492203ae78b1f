import ArgumentParser
import KisFlow

/// `flow show`.
struct FlowShowCommand<Program: WorkerProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: "Draw a flow: where its rows come from, its functions, where they go.")
    }

    @OptionGroup var folder: FlowFolder

    @Argument(help: "The flow's name; all flows where it is not given.") var flow: String?

    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let console = FlowConsole(Program.name, json: json)
        do {
            let drawing = try FlowDrawing(directory: folder.path(), flow: flow)
            console.print(json ? try FlowJSON.text(drawing.flows) : drawing.lines(width: FlowConsole.width).joined(separator: "\n"))
        } catch {
            console.fail(error, .usage)
            throw ExitCode(FlowExit.usage.rawValue)
        }
    }
}

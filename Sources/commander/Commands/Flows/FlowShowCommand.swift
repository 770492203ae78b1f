import ArgumentParser
import Console
import Swiftflow

/// `commander flow show`.
struct FlowShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw flows: where rows come from, the functions, where rows and error rows go.",
        discussion: """
            EXAMPLES:
              commander flow show dags/kisflow
              commander flow show dags/kisflow FlightDelays
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A directory of KisFlow files.", completion: .directory)
    var path: String

    @Argument(help: "The flow's name; all flows where it is not given.")
    var flow: String?

    func run() async throws { try options.terminal.show(report, json: options.json) }

    /// The drawing.
    var report: FlowDrawingReport {
        get throws {
            do { return FlowDrawingReport(drawing: try FlowDrawing(directory: path, flow: flow)) } catch {
                throw Failure(.usage, error.description)
            }
        }
    }
}

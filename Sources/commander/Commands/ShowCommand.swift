import ArgumentParser
import Console
import Engine

/// `commander show`.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run and its tasks, earlier attempts and decisions.",
        discussion: """
            On a terminal the graph of the tasks is drawn below the table where there are at most 30 of them: parents above children, the state of each by its sign. --gantt draws when they waited and ran.

            EXAMPLES:
              commander show 01jk2m
              commander show 01jk2m --gantt
              commander show 01jk2m --graph | less
              commander show 01jk2m --json | jq '.tasks[] | {taskId, status, history}'
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The run's id.", completion: StoreCompletion.runs)
    var id: String

    @Flag(inversion: .prefixedNo, help: "Draw the graph of the tasks, or do not.")
    var graph: Bool?

    @Flag(help: "Draw when the tasks waited and ran.")
    var gantt = false

    func run() async throws {
        let report = try await options.connected { try await self.report($0.commander) }
        try options.terminal.show(report, json: options.json)
    }

    private func report(_ commander: Commander) async throws -> DrawnRunReport {
        let details = try await commander.show(id)
        return DrawnRunReport(
            details, waitsFor: try await commander.whyWaiting(details), graph: graph, gantt: gantt, glyphs: options.glyphs)
    }
}

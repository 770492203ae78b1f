import ArgumentParser
import Console
import Engine

/// `commander show`.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run and its tasks, earlier attempts and decisions.",
        discussion: """
            EXAMPLES:
              commander show 01jk2m
              commander show 01jk2m --json | jq '.tasks[] | {taskId, status, history}'
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The run's id.", completion: StoreCompletion.runs)
    var id: String

    func run() async throws {
        let report = try await options.connected { try await Self.report(id, $0.commander) }
        try options.terminal.show(report, json: options.json)
    }

    static func report(_ id: String, _ commander: Commander) async throws -> RunReport {
        let details = try await commander.show(id)
        return RunReport(details, waitsFor: try await commander.whyWaiting(details))
    }
}

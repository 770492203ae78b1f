import ArgumentParser
import Console
import Engine

/// `commander dag history`.
struct DagHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "What was current when, newest first.",
        discussion: """
            A change of the definition makes a version; comments and the order of keys make none. A pause or a stop is a step of its own, with the same version.

            EXAMPLES:
              commander dag history flights
              commander dag history flights --limit 5 --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags)
    var id: String

    @Option(help: "How many at most, up to 1000.")
    var limit = 50

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        let revisions = try await options.connected { try await $0.commander.history(of: id, limit: limit) }
        try options.terminal.show(DagHistoryReport(id, revisions), json: options.json)
    }
}

import ArgumentParser
import Console
import Engine

/// `commander why`.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say what a run waits for, and each of its tasks that is not over.",
        discussion: """
            Parents, a check or an approval, the time of a retry, a run that it has started, a node with its actions and labels, a slot of a pool, a limit, somebody who has \
            paused it, a command that is not applied yet. With --json each reason has a 'kind' that programs can rely on.

            EXAMPLES:
              commander why 01jk2m
              commander why 01jk2m --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The run's id.", completion: StoreCompletion.runs)
    var id: String

    func run() async throws {
        let report = try await options.connected { connection in
            let details = try await connection.commander.show(id)
            return WhyReport(details.instance, try await connection.commander.explain(details))
        }
        try options.terminal.show(report, json: options.json)
    }
}

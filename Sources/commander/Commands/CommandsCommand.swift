import ArgumentParser
import Console
import Engine

/// `commander commands`.
struct CommandsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands", abstract: "What a run was told, by whom and why, and what became of it.",
        discussion: """
            pending: nobody has taken it in; accepted: it applies when the run has a node; done; refused, with the reason.

            EXAMPLES:
              commander commands 01jk2m
              commander commands 01jk2m --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The run's id.", completion: StoreCompletion.runs)
    var id: String

    @Option(help: "The last so many, up to 1000.")
    var limit = 100

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        let records = try await options.connected { try await $0.commander.commands(of: id, limit: limit) }
        try options.terminal.show(CommandListReport(records), json: options.json)
    }
}

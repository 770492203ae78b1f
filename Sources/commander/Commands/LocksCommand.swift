import ArgumentParser
import Console
import Engine

/// `commander locks`: mutexes.
struct LocksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "locks",
        abstract: "Mutexes: who holds them; take one away.",
        subcommands: [LocksListCommand.self, LocksReleaseCommand.self],
        defaultSubcommand: LocksListCommand.self)
}

/// `commander locks list`, which is also `commander locks`.
struct LocksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the locks that are held, and the traces of forced releases.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let locks = try await options.connected { try await $0.commander.locks() }
        try options.terminal.show(LocksReport(locks), json: options.json)
    }
}

import ArgumentParser
import Console
import Engine

/// `commander pool`: slots that the whole cluster shares.
struct PoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Pools of slots that the whole cluster shares: list, set, delete.",
        discussion: """
            A task with `pool: db-migrations` needs a slot of that pool for each attempt.

            EXAMPLES:
              commander pool set db-migrations 2
              commander pool list
              commander pool delete db-migrations
            """,
        subcommands: [PoolListCommand.self, PoolSetCommand.self, PoolDeleteCommand.self], defaultSubcommand: PoolListCommand.self)
}

/// `commander pool list`, which is also `commander pool`.
struct PoolListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List pools, and who has their slots.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let pools = try await options.connected { try await $0.commander.pools() }
        try options.terminal.show(PoolListReport(pools), json: options.json)
    }
}

/// `commander pool set`.
struct PoolSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a pool, or change how many slots it has; whoever has a slot keeps it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var name: String
    @Argument(help: "How many slots, from 1 to 100000.") var slots: Int

    func run() async throws {
        let pools = try await options.connected { connection in
            try await connection.commander.setPool(name, slots: slots)
            return try await connection.commander.pools()
        }
        try options.terminal.show(PoolListReport(pools.filter { $0.pool.name == name }), json: options.json)
    }
}

/// `commander pool delete`.
struct PoolDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Remove a pool. Tasks that ask for it from then on fail.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The pool's name.") var name: String

    func run() async throws {
        try await options.connected { try await $0.commander.deletePool(name) }
        try options.terminal.show(PoolDeletionReport(deleted: name), json: options.json)
    }
}

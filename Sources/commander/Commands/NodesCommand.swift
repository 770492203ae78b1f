import ArgumentParser
import Console
import Engine

/// `commander nodes`.
struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "nodes", abstract: "List the nodes, alive or not, and who leads.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let found = try await options.connected { try await $0.commander.nodes() }
        try options.terminal.show(NodesReport(found.nodes, leader: found.leader), json: options.json)
    }
}

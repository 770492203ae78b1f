import ArgumentParser
import Console
import Engine
import Workflow

/// `commander dag diff`.
struct DagDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What is different between two versions of a DAG.",
        discussion: """
            Both are written in one canonical form, so that comments and the order of keys make no difference. A version is named by its first characters (at least four).

            EXAMPLES:
              commander dag diff flights 0a1b2c                  (that version and the current one)
              commander dag diff flights 0a1b2c 9f8e7d
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags)
    var id: String

    @Argument(help: "The older version.")
    var from: String

    @Argument(help: "The newer version; otherwise the current one.")
    var to: String?

    func run() async throws {
        let report = try await options.connected { connection in
            let current = try await connection.commander.dag(id)
            let old = try await connection.commander.version(from, of: id)
            guard let to else { return try DagDiffReport(id, old, (current.version, current.dag)) }
            return try DagDiffReport(id, old, try await connection.commander.version(to, of: id))
        }
        try options.terminal.show(report, json: options.json)
    }
}

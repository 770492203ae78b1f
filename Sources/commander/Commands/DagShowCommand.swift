import ArgumentParser
import Console
import Engine
import Workflow

/// `commander dag show`.
struct DagShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a definition: its vars and tasks.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.")
    var id: String

    @Option(help: "A version that was applied, in full as `show` prints it after the @; otherwise the current one.")
    var version: String?

    func run() async throws {
        let report = try await options.connected { try await self.report($0) }
        try options.terminal.show(report, json: options.json)
    }

    private func report(_ connection: Connection) async throws -> DagReport {
        guard let version else { return DagReport(try await connection.commander.dag(id)) }
        guard let dag = try await connection.store.dagVersion(id: id, version: version) else {
            throw Failure(
                .notFound,
                "there is no version '\(version)' of DAG '\(id)'; versions are given in full, as `commander show RUN` prints them")
        }
        return DagReport(dag, version: version, current: try await connection.store.dag(id: id))
    }
}

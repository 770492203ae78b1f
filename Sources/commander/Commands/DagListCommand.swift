import ArgumentParser
import Console
import Engine
import Workflow

/// `commander dag list`.
struct DagListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the current definitions.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let records = try await options.connected { try await Self.all($0.commander) }
        try options.terminal.show(DagListReport(records), json: options.json)
    }

    private static func all(_ commander: Commander) async throws -> [DagRecord] {
        var records: [DagRecord] = []
        while true {
            let page = try await commander.dags(after: records.last?.dag.id, limit: 1_000)
            records += page
            if page.count < 1_000 { return records }
        }
    }
}

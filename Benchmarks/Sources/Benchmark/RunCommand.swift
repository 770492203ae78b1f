import ArgumentParser
import Foundation
import MongoDriver

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "The whole table, or a part of it.")

    @Option(help: "The MongoDB to measure on, without a database; its databases benchmark-* are dropped.") var url: String
    @Option(help: "How many times each figure is measured.") var rounds: Int?
    @Flag(help: "Only what shows a regression, in under a minute.") var quick = false
    @Option(help: "A part of the table: throughput, latency, cost, idle, scale or fairness.") var only: [String] = []
    @Option(help: "Write the table to this file, as JSON.") var json: String?
    @Option(help: "Compare with the ratios in this file, and fail where one is worse by more than a third.") var against: String?

    func run() async throws {
        let setting = try Setting(url: url, rounds: rounds ?? (quick ? 3 : 5), isQuick: quick)
        print(Row.heading)
        var rows: [Row] = []
        for (section, measure) in sections(setting) where only.isEmpty || only.contains(section) {
            for row in try await measure() {
                print(row.text)
                rows.append(row)
            }
        }
        await setting.client.close()
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(rows).write(to: URL(fileURLWithPath: json))
        }
        if let against { try Guard(path: against).check(rows) }
    }

    private func sections(_ setting: Setting) -> [(String, () async throws -> [Row])] {
        let throughput = Throughput(setting: setting)
        let (latency, cost, scale) = (Latency(setting: setting), Cost(setting: setting), Scale(setting: setting))
        var sections: [(String, () async throws -> [Row])] = [
            ("throughput", { try await throughput.measure(.chains(1_000)) }), ("throughput", { try await throughput.measure(.wide(100)) }),
            ("throughput", { try await throughput.measure(.mixed(300)) }), ("latency", { try await latency.measure(nodes: 1) }),
            ("cost", { try await cost.lonely(nodes: 1) }),
        ]
        guard !quick else { return sections }
        sections += [
            ("throughput", { try await throughput.measure(.chains(1_000), nodes: 2) }),
            ("throughput", { try await throughput.measure(.chains(1_000), nodes: 4) }),
            ("latency", { try await latency.measure(nodes: 2) }),
            ("cost", { try await cost.lonely(nodes: 2) }), ("idle", { try await cost.idle(nodes: 1) }),
            ("idle", { try await cost.idle(nodes: 2) }), ("scale", { try await scale.measure() }),
            ("fairness", { try await Fairness(setting: setting).measure() }),
        ]
        return sections
    }
}

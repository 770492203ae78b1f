import Engine
import Workflow

/// How long from a submission to its first task, and from task to task, in round trips of the server.
///
/// The tasks leave the machine's time as their output; all processes share the clock.
struct Latency {
    let setting: Setting
    private let chain = Workload.chain("stamps", length: 10, action: "stamp")
    private let background = Workload.chain("background", length: 200, action: "hold", params: ["milliseconds": .int(500)])

    private struct Sample {
        var first: [Double] = []
        var hops: [Double] = []
    }

    func measure(nodes: Int) async throws -> [Row] {
        try await setting.withNodes(
            nodes, "latency-\(nodes)", arguments: ["--capacity", "2000", "--concurrent-tasks", "2000"], [chain, background]
        ) { trial in
            let count = setting.isQuick ? 40 : 200
            let floor = Floor(client: setting.client, database: trial.database)
            _ = try await sample(trial, 10)
            _ = try await floor.roundTrip(100)
            let trips = try await floor.roundTrip().map(\.milliseconds)
            let quiet = try await sample(trial, count)
            let trip = (trips + (try await floor.roundTrip().map(\.milliseconds))).quantile(0.5)
            var rows = table("quiet", nodes, quiet, trip)
            rows.insert(Row("latency", "round trip of one insert", "ms", trips), at: 0)
            guard nodes == 1 else { return Array(rows.dropFirst()) }
            let requests = Array(repeating: RunRequest(dagId: background.id), count: 1_000)
            let others = try await trial.commander.run(requests).map { try $0.get().id }
            try await wait("the background to run", seconds: 60) {
                try await trial.commander.list(InstanceQuery(statuses: [.`init`, .scheduled], limit: 1)).elements.isEmpty
            }
            let busy = try await sample(trial, count)
            rows += table("beside \(others.count) runs, 2,000 tasks/s", nodes, busy, trip)
            for (name, values, quiet) in [("submit to first task", busy.first, quiet.first), ("task to task", busy.hops, quiet.hops)] {
                rows.append(
                    Row("latency", "\(name), p99: busy to quiet", "ratio", [values.quantile(0.99) / quiet.quantile(0.99)], aim: "< 10"))
            }
            return rows
        }
    }

    private func table(_ state: String, _ nodes: Int, _ sample: Sample, _ trip: Double) -> [Row] {
        let what = "\(nodes == 1 ? "1 node" : "\(nodes) nodes"), \(state)"
        let isQuiet = state == "quiet"
        func row(_ name: String, _ unit: String, _ value: Double, _ aim: String?) -> Row {
            Row("latency", "\(what): \(name)", unit, [value], floors: unit == "ms" ? [trip] : [], aim: isQuiet ? aim : nil)
        }
        return [
            row("submit to first task, median", "ms", sample.first.quantile(0.5), "<= 5.00"),
            row("submit to first task, p99", "ms", sample.first.quantile(0.99), "<= 15 ms"),
            row("task to task, median", "ms", sample.hops.quantile(0.5), "<= 1.50"),
            row("task to task, p99", "ms", sample.hops.quantile(0.99), nil),
        ]
    }

    /// Runs one after the other.
    private func sample(_ trial: EngineTrial, _ count: Int) async throws -> Sample {
        var sample = Sample()
        for _ in 0..<count {
            let submitted = WallClock.nanoseconds
            let id = try await trial.commander.run(dagId: chain.id).id
            try await wait("a run to end", seconds: 60) { try await trial.commander.instance(id)?.status.isFinal == true }
            let stamps = try await trial.commander.show(id).tasks.compactMap { task -> Double? in
                if case .int(let nanoseconds) = task.output { Double(nanoseconds) } else { nil }
            }.sorted()
            guard stamps.count == chain.tasks.count else { throw BenchmarkError("\(stamps.count) stamps in \(id)") }
            sample.first.append((stamps[0] - Double(submitted)) / 1e6)
            sample.hops += zip(stamps, stamps.dropFirst()).map { ($1 - $0) / 1e6 }
        }
        return sample
    }
}

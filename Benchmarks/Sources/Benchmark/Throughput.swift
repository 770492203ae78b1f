import MongoDriver

/// How many no-op tasks a second, and what each costs, beside the floor in turns.
struct Throughput {
    let setting: Setting

    private struct Round {
        var rate: Double
        var server: ServerStatistics
        var nodeSeconds: Double
    }

    func measure(_ workload: Workload, nodes: Int = 1) async throws -> [Row] {
        try await setting.withNodes(nodes, "\(workload.name)-\(nodes)", workload.dags) { trial in
            let floor = Floor(client: setting.client, database: trial.database)
            _ = try await trial.run(workload)
            let flushers = try await bestFlushers(workload, floor)
            var (engines, floors): ([Round], [Round]) = ([], [])
            for _ in 0..<setting.rounds {
                floors.append(try await round(workload, trial) { try await floor.run(workload, flushers: flushers) })
                engines.append(try await round(workload, trial) { try await trial.run(workload) })
            }
            return rows(workload, nodes, flushers, engines, floors)
        }
    }

    /// The floor has as many flushers as are fastest.
    private func bestFlushers(_ workload: Workload, _ floor: Floor) async throws -> Int {
        var best = (flushers: 2, seconds: Double.infinity)
        for flushers in [1, 2, 4] {
            for _ in 0..<2 {
                let seconds = try await floor.run(workload, flushers: flushers).seconds
                if seconds < best.seconds { best = (flushers, seconds) }
            }
        }
        return best.flushers
    }

    private func round(_ workload: Workload, _ trial: EngineTrial, _ work: () async throws -> Duration) async throws -> Round {
        let (before, node) = (try await ServerStatistics.read(setting.client), trial.cpuSeconds)
        let took = try await work()
        return Round(
            rate: Double(workload.tasks) / took.seconds, server: try await ServerStatistics.read(setting.client) - before,
            nodeSeconds: trial.cpuSeconds - node)
    }

    private func rows(_ workload: Workload, _ nodes: Int, _ flushers: Int, _ engines: [Round], _ floors: [Round]) -> [Row] {
        let tasks = Double(workload.tasks)
        let what = "\(workload.title), \(nodes == 1 ? "1 node" : "\(nodes) nodes")"
        func row(_ name: String, _ unit: String, _ aim: String?, _ value: (Round) -> Double) -> Row {
            Row("throughput", "\(what): \(name)", unit, engines.map(value), floors: floors.map(value), aim: aim)
        }
        let rate = row("tasks", "/s", nodes == 1 ? ">= 0.50" : ">= 0.80 of one node's") { $0.rate }
        guard nodes == 1 else { return [rate] }
        return [
            rate,
            row("server CPU", "us/task", "<= 1.50") { $0.server.cpuSeconds / tasks * 1e6 },
            Row("throughput", "\(what): node CPU", "us/task", engines.map { $0.nodeSeconds / tasks * 1e6 }),
            row("records, reads and signals", "/task", workload.name == "chains" ? "<= 1.6" : nil) { $0.server.operations / tasks },
            row("journal", "bytes/task", nil) { $0.server.journalBytes / tasks },
            Row("throughput", "\(what): flushers of the floor", "", [Double(flushers)]),
        ]
    }
}

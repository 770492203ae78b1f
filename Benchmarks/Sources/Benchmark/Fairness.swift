import Engine
import MongoDriver

/// Whether leases hold while the store has more to write than it can: nodes at full load, and writers beside them that know no limit.
struct Fairness {
    let setting: Setting

    func measure() async throws -> [Row] {
        let (workload, seconds) = (Workload.chains(1_000), 60)
        return try await setting.withNodes(2, "fairness", arguments: ["--lease-ttl", "1s"], workload.dags) { trial in
            let before = try await leases(trial)
            let deadline = ContinuousClock.now + .seconds(seconds)
            let floor = Floor(client: setting.client, database: trial.database)
            var tasks = 0
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { while ContinuousClock.now < deadline { _ = try await floor.run(workload, flushers: 4) } }
                while ContinuousClock.now < deadline {
                    _ = try await trial.run(workload)
                    tasks += workload.tasks
                }
                try await group.waitForAll()
            }
            let after = try await leases(trial)
            let lost = zip(before, after).count { $0 != $1 } + abs(before.count - after.count)
            guard lost == 0 else {
                throw BenchmarkError("\(lost) leases were lost in \(seconds) s of a saturated store: \(before), then \(after)")
            }
            return [
                Row("fairness", "a minute of a saturated store, lease 1 s: leases lost", "", [Double(lost)], aim: "0"),
                Row("fairness", "a minute of a saturated store: tasks done beside it", "/s", [Double(tasks) / Double(seconds)]),
            ]
        }
    }

    /// Sessions by node, and who leads in which term: nothing of it changes unless a lease is lost.
    private func leases(_ trial: EngineTrial) async throws -> [String] {
        let (nodes, leader) = try await trial.commander.nodes()
        return nodes.map { "\($0.node.key) \($0.session) \($0.isAlive)" }.sorted() + [
            "\(leader?.session ?? "nobody") in term \(leader?.term ?? 0)"
        ]
    }
}

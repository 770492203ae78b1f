import Engine
import Workflow

/// What runs cost that are alone, and what nodes without work cost.
struct Cost {
    let setting: Setting
    private let chain = Workload.chain("lonely-chain", length: 10)

    /// Ten-task chains, one after the other, with what an idle cluster does meanwhile subtracted.
    func lonely(nodes: Int) async throws -> [Row] {
        try await setting.withNodes(nodes, "lonely-\(nodes)", [chain]) { trial in
            var perTask: [Double] = []
            let idle = try await rest(5)
            for _ in 0..<setting.rounds {
                let (before, start) = (try await ServerStatistics.read(setting.client), ContinuousClock.now)
                for _ in 0..<20 {
                    let id = try await trial.commander.run(dagId: chain.id).id
                    // Waits without asking the server all the time: what asks is counted too, and known.
                    try await Task.sleep(for: .milliseconds(60))
                    try await wait("a run to end", seconds: 60) { try await trial.commander.instance(id)?.status.isFinal == true }
                }
                let used = try await ServerStatistics.read(setting.client) - before
                let seconds = (ContinuousClock.now - start).seconds
                perTask.append((used.operations - 20 - idle.operations / 5 * seconds) / Double(20 * chain.tasks.count))
            }
            let nodes = nodes == 1 ? "1 node" : "\(nodes) nodes"
            return [Row("cost", "lonely chains of 10, \(nodes): records, reads and signals", "/task", perTask, aim: "<= 1.6")]
        }
    }

    /// Nodes without work.
    func idle(nodes: Int) async throws -> [Row] {
        try await setting.withNodes(nodes, "idle-\(nodes)", [chain]) { trial in
            _ = try await trial.commander.run(Array(repeating: RunRequest(dagId: chain.id), count: 20))
            try await trial.waitUntilAllEnded()
            let seconds = setting.isQuick ? 10 : 40
            let (own, cpu) = (try await rest(1), trial.cpuSeconds)
            let used = try await rest(seconds)
            let name = nodes == 1 ? "1 idle node" : "\(nodes) idle nodes"
            _ = own
            return [
                Row(
                    "idle", "\(name): operations", "/s and node", [used.allOperations / Double(seconds * nodes)],
                    aim: nodes == 1 ? "< 2 (leader)" : "< 1 and 1 more for the leader"),
                Row(
                    "idle", "\(name): CPU of a node", "% of a core", [(trial.cpuSeconds - cpu) / Double(seconds * nodes) * 100],
                    aim: "< 0.5"),
                Row(
                    "idle", "\(name): memory of a node", "MiB", trial.nodes.map { Double(residentBytes(of: $0.pid)) / 1_048_576 },
                    aim: "< 40"),
                Row("idle", "\(name): CPU of the server", "% of a core", [used.cpuSeconds / Double(seconds) * 100]),
            ]
        }
    }

    private func rest(_ seconds: Int) async throws -> ServerStatistics {
        let before = try await ServerStatistics.read(setting.client)
        try await Task.sleep(for: .seconds(seconds))
        return try await ServerStatistics.read(setting.client) - before
    }
}

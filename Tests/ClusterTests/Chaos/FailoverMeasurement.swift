import Engine
import Foundation
import Swiftflow
import Testing
import Workflow

/// Kills nodes one after another and times what follows by the journal's clock.
actor FailoverMeasurement {
    private let cluster: ChaosCluster
    private let commander: Commander
    private(set) var takeovers: [Double] = []
    private(set) var dispatches: [Double] = []
    private var runs = 0
    /// Runs whose task stays until its first owner dies, by node key.
    private var waiting: [String: [String]] = [:]

    init(_ cluster: ChaosCluster, _ commander: Commander) {
        self.cluster = cluster
        self.commander = commander
    }

    func prepare() async throws {
        try await apply("id: long\ntasks:\n  - {id: t, action: journal, params: {hangAt: 1}}\n")
        try await apply("id: short\ntasks:\n  - {id: t, action: journal}\n")
        for node in 0..<ChaosCluster.nodeCount { try await restart(node) }
    }

    private func apply(_ yaml: String) async throws {
        let dag = try #require(DagParser.parse(yaml, file: "dag.yaml").dag)
        _ = try await commander.apply(dag, source: yaml)
    }

    private func restart(_ node: Int) async throws {
        try cluster.start(node, key: cluster.newKey(node))
        let process = try #require(cluster.node(node))
        try #require(await process.line(containing: "joined"), "\(process.log)")
    }

    /// Kills the leader or another node, which owns a run whose task is at work.
    func kill(leader: Bool, _ round: Int) async throws {
        let key = try await leaderKey()
        let node = try #require((0..<ChaosCluster.nodeCount).shuffled().first { (cluster.node($0)?.name == key) == leader })
        let victim = try #require(cluster.node(node)).name
        let owned = try await runOwned(by: victim)
        let killed = Moment.now
        await cluster.killNode(node)
        if leader {
            let new = try await submit("short")
            dispatches.append(try await start(of: new, epoch: nil).started - killed)
        }
        takeovers.append(try await start(of: owned, epoch: 2).started - killed)
        waiting[victim] = nil
        try await restart(node)
    }

    private func leaderKey() async throws -> String {
        while true {
            if let leader = try await commander.nodes().leader, cluster.processes.contains(where: { $0.name == leader.key && !$0.hasEnded })
            {
                return leader.key
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func submit(_ dag: String) async throws -> String {
        runs += 1
        return try await commander.run(dagId: dag, id: "\(dag)-\(runs)").id
    }

    /// A run at work on the node; idle nodes are served first, so that a few submissions are enough.
    private func runOwned(by key: String) async throws -> String {
        while true {
            if let run = waiting[key]?.last { return run }
            let run = try await submit("long")
            waiting[try await start(of: run, epoch: 1).node, default: []].append(run)
        }
    }

    /// The journal's entry of the run's first attempt of that epoch, or of any.
    private func start(of run: String, epoch: Int64?) async throws -> JournalEntry {
        while true {
            let names = epoch.map { ["\(run).t.\($0).1", "\(run).t.\($0).2"] } ?? (1...3).map { "\(run).t.\($0).1" }
            for name in names {
                let file = cluster.journal.appendingPathComponent(name)
                if let text = try? String(contentsOf: file, encoding: .utf8), let entry = try JournalEntry(file: text) { return entry }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

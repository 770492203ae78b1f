import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Some nodes on one backend in memory, and a commander.
struct Cluster: Sendable {
    let backend: MemoryBackend
    let actions = TestActions()
    let commander: Commander
    fileprivate let starts: AsyncStream<TestNode>.Continuation

    fileprivate init(backend: MemoryBackend, starts: AsyncStream<TestNode>.Continuation) {
        self.backend = backend
        self.starts = starts
        commander = Commander(store: backend.store, keeper: backend.keeper)
    }

    /// Starts a node.
    /// - Parameter ttl: long enough that a busy machine loses no lease; tests of lost leases give a short one.
    @discardableResult
    func start(
        _ key: String, ttl: Duration = .seconds(20), capacity: Int = 1_000, concurrentTasks: Int = 16, grace: Duration = .seconds(20),
        adoptionLimit: Int = 5, dagDirectory: String? = nil, poll: Duration = .milliseconds(100), labels: [String: String] = [:],
        adding more: [String] = [],
        prepare: (Faults) -> Void = { _ in }
    ) throws -> TestNode {
        var configuration = NodeConfiguration(
            key: key, dagDirectory: dagDirectory, leaseTTL: ttl, capacity: capacity, concurrentTasks: concurrentTasks, blockingThreads: 1,
            gracePeriod: grace,
            pollInterval: poll, adoptionLimit: adoptionLimit)
        configuration.labels = labels
        let node = try TestNode(configuration, backend: backend, registry: actions.registry(adding: more), flows: [])
        prepare(node.faults)
        starts.yield(node)
        return node
    }

    /// Starts a node and waits until it lives.
    @discardableResult
    func join(
        _ key: String, ttl: Duration = .seconds(20), grace: Duration = .seconds(20), adoptionLimit: Int = 5,
        prepare: (Faults) -> Void = { _ in }
    ) async throws -> TestNode {
        let node = try start(key, ttl: ttl, grace: grace, adoptionLimit: adoptionLimit, prepare: prepare)
        try await backend.wait(for: "\(key) to join") { $0.nodes[key]?.isAlive == true }
        return node
    }

    /// Applies a definition and starts a run of it.
    @discardableResult
    func run(_ dag: Dag, vars: [String: String] = [:], id: String = "run") async throws -> DagInstance {
        _ = try await commander.apply(dag, source: "test")
        return try await commander.run(dagId: dag.id, vars: vars, id: id)
    }

    /// Runs a definition to its end.
    func finish(_ dag: Dag, vars: [String: String] = [:], id: String = "run") async throws -> RunDetails {
        try await run(dag, vars: vars, id: id)
        try await backend.wait(for: id, toBe: [.success, .failed, .canceled, .blocked])
        return try await commander.show(id)
    }

    /// Puts a run into the store as if a session owned it.
    func insertOwned(_ dag: Dag, session: String, worker: String, _ change: (inout DagInstance) -> Void = { _ in }) async throws {
        guard case .applied(let record) = try await commander.apply(dag, source: "test") else { return }
        var instance = DagInstance(
            id: "run", dagId: dag.id, dagVersion: record.version, status: .scheduled, worker: worker, session: session,
            version: RecordVersion(epoch: 1), runEpoch: 1, createdAt: Date(timeIntervalSince1970: 1))
        change(&instance)
        _ = try await backend.store.submit(instance)
    }

    /// The session of a node that lives.
    func session(of key: String) throws -> String { try #require(backend.state.value.nodes[key]).session }
}

/// Runs a test with a cluster; afterwards its nodes are cancelled.
func withCluster(_ backend: MemoryBackend = MemoryBackend(), _ body: @escaping @Sendable (Cluster) async throws -> Void) async throws {
    let (nodes, starts) = AsyncStream<TestNode>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            await withDiscardingTaskGroup { group in
                for await node in nodes { group.addTask { await node.run() } }
            }
        }
        defer { group.cancelAll() }
        try await body(Cluster(backend: backend, starts: starts))
    }
}

/// Short ways to write definitions.
extension Dag {
    /// Tasks one after the other.
    static func chain(_ id: String, _ tasks: (String, String)...) -> Dag {
        var dag = Dag(id: id)
        for (task, action) in tasks { dag.tasks.append(Task(id: task, actionName: action, dependOn: dag.tasks.last.map { [$0.id] } ?? [])) }
        return dag
    }
}

extension RunDetails {
    /// Statuses by task.
    var statuses: [String: TaskInstanceStatus] { Dictionary(uniqueKeysWithValues: tasks.map { ($0.taskId, $0.status) }) }

    func task(_ id: String) throws -> TaskInstance { try #require(tasks.first { $0.taskId == id }) }
}

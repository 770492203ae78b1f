public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A store and a keeper in memory for tests, with the atomicity of MongoDB's single-document writes: each document is changed in one step under
/// its own condition, and a batch is no transaction.
public struct MemoryBackend: Sendable {
    /// Everything that is stored; tests may look at it and wait on it.
    public let state: Watched<MemoryState>
    public let store: MemoryStore
    public let keeper: MemoryKeeper

    /// - Parameters:
    ///   - documentLimit: documents larger than this are refused, in bytes of text (roughly).
    ///   - now: the server's clock.
    public init(documentLimit: Int = 16 << 20, now: @escaping @Sendable () -> Date = { Date() }) {
        state = Watched(MemoryState())
        store = MemoryStore(state: state, documentLimit: documentLimit)
        keeper = MemoryKeeper(state: state, now: now)
    }

    /// A backend whose server's clock is moved by the test.
    public init(clock: ManualServerClock) { self.init(now: { clock.now }) }

    /// Waits until what is stored fulfils the condition.
    public func wait(
        for what: String, within limit: Duration = .seconds(20), until isDone: @escaping @Sendable (MemoryState) -> Bool
    ) async throws {
        try await state.wait(for: what, within: limit, until: isDone)
    }

    /// Waits until a run has one of the statuses.
    /// - Returns: the run as it is then.
    @discardableResult
    public func wait(
        for id: String, toBe statuses: Set<DagInstanceStatus>, within limit: Duration = .seconds(20)
    ) async throws -> DagInstance {
        try await wait(for: "run \(id) to be \(statuses.map(\.rawValue).sorted())", within: limit) { state in
            state.instances[id].map { statuses.contains($0.status) } ?? false
        }
        guard let instance = state.value.instances[id] else { throw StoreError(.malformed, "the run \(id) is gone") }
        return instance
    }
}

/// What a memory backend holds.
public struct MemoryState: Sendable {
    public var dags: [String: DagRecord] = [:]
    public var dagVersions: [String: Dag] = [:]
    /// What was current, the latest last.
    public var dagHistory: [String: [DagRevision]] = [:]
    public var pools: [String: Pool] = [:]
    public var instances: [String: DagInstance] = [:]
    public var tasks: [String: TaskInstance] = [:]
    public var traces: [String: TraceChunk] = [:]
    public var commands: [String: CommandRecord] = [:]
    public var nodes: [String: Node] = [:]
    public var lease: Lease?
    public var locks: [String: LockRecord] = [:]
    /// Every accepted write of an instance or task, in order.
    public var history: [Write] = []
    /// Whether `history` is kept.
    public var keepsHistory = true

    public init() {}

    /// A node's document.
    public struct Node: Sendable {
        public var node: NodeDescription
        public var session: String
        public var isAlive: Bool
        public var isDraining: Bool
        public var expires: Date
        public var joinedAt: Date
    }

    /// The leader's lease.
    public struct Lease: Sendable {
        public var key: String
        public var session: String
        public var term: Int64
        public var expires: Date
    }

    /// One accepted write.
    public enum Write: Sendable, Hashable {
        case instance(DagInstance)
        case insertedTask(TaskInstance)
        case updatedTask(TaskInstance)

        /// The task document that was written, if it was one.
        public var task: TaskInstance? {
            switch self {
            case .insertedTask(let task), .updatedTask(let task): task
            case .instance: nil
            }
        }
    }

    /// Task documents of a run that count, by task id.
    public func tasks(of dagInsId: String) -> [String: TaskInstance] {
        let epoch = instances[dagInsId]?.runEpoch ?? 0
        let own = tasks.values.filter { $0.dagInsId == dagInsId && $0.version.epoch >= epoch }
        return Dictionary(own.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public mutating func put(_ instance: DagInstance) {
        instances[instance.id] = instance
        if keepsHistory { history.append(.instance(instance)) }
    }

    public mutating func put(_ task: TaskInstance) {
        let isNew = tasks.updateValue(task, forKey: task.id) == nil
        if keepsHistory { history.append(isNew ? .insertedTask(task) : .updatedTask(task)) }
    }
}

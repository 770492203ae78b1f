public import Engine
public import Workflow

/// A store whose calls go wrong as a test wants it.
public struct FaultyStore: Store {
    let store: any Store
    public let faults: Faults

    public init(_ store: any Store, faults: Faults = Faults()) {
        self.store = store
        self.faults = faults
    }

    public func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        try await faults.around(.apply) {
            try await store.apply(dag, version: version, source: source, expectedRevision: expectedRevision)
        }
    }

    public func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        try await faults.around(.apply) { try await store.apply(definitions, onlyUnknown: onlyUnknown) }
    }

    public func keepVersions(_ definitions: [NewDefinition]) async throws {
        try await faults.around(.keepVersions) { try await store.keepVersions(definitions) }
    }

    public func dag(id: String) async throws -> DagRecord? { try await faults.around(.dag) { try await store.dag(id: id) } }

    public func dags(after: String?, limit: Int) async throws -> [DagRecord] {
        try await faults.around(.dags) { try await store.dags(after: after, limit: limit) }
    }

    public func dagVersion(id: String, version: String) async throws -> Dag? {
        try await faults.around(.dagVersion) { try await store.dagVersion(id: id, version: version) }
    }

    public func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        try await faults.around(.submit) { try await store.submit(instances) }
    }

    public func instance(id: String) async throws -> DagInstance? {
        try await faults.around(.instance) { try await store.instance(id: id) }
    }

    public func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> {
        try await faults.around(.instances) { try await store.instances(query) }
    }

    public func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        try await faults.around(.tasks) { try await store.tasks(of: dagInsId, runEpoch: runEpoch) }
    }

    public func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] {
        try await faults.around(.traces) { try await store.traces(of: dagInsId, taskId: taskId, after: after, limit: limit) }
    }

    public func pending(after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await faults.around(.pending) { try await store.pending(after: after, limit: limit) }
    }

    public func owned() async throws -> [OwnedInstance] { try await faults.around(.owned) { try await store.owned() } }

    public func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        try await faults.around(.assign) { try await store.assign(assignments) }
    }

    public func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await faults.around(.assigned) { try await store.assigned(to: session, after: after, limit: limit) }
    }

    public func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        try await faults.around(.assigned) { try await store.assigned(to: session, among: ids) }
    }

    public func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        try await faults.around(.claimAgain) { try await store.claimAgain(id: id, session: session, expected: expected) }
    }

    public func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        try await faults.around(.raiseTasks) { try await store.raiseTasks(of: dagInsId, from: from, to: to) }
    }

    public func record(_ batch: RecordBatch) async throws -> RecordResult {
        try await faults.around(.record) { try await store.record(batch) }
    }
}

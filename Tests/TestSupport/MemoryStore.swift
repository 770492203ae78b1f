public import Engine
public import Workflow

/// A `Store` in memory. See `MemoryBackend`.
public struct MemoryStore: Store {
    let state: Watched<MemoryState>
    let documentLimit: Int

    // MARK: Definitions

    public func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        let new = NewDefinition(dag: dag, version: version, source: source)
        state.change { $0.keepVersion(new) }
        return state.change { $0.apply(new, expectedRevision: expectedRevision) }
    }

    public func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        definitions.map { new in
            let current = state.value.dags[new.dag.id]
            if let current, let refusal = new.refusal(current: current.origin, source: current.source) { return .failure(refusal) }
            let isKnown = state.value.dagVersions[Dag.versionKey(id: new.dag.id, version: new.version)] != nil
            if onlyUnknown, isKnown, let current, !new.revives(current.origin) { return .success(nil) }
            state.change { $0.keepVersion(new) }
            return .success(state.change { $0.apply(new, expectedRevision: current?.revision) })
        }
    }

    public func keepVersions(_ definitions: [NewDefinition]) async throws {
        for new in definitions { state.change { $0.keepVersion(new) } }
    }

    public func dag(id: String) async throws -> DagRecord? { state.value.dags[id] }

    public func dags(after: String?, limit: Int) async throws -> [DagRecord] {
        Array(state.value.dags.values.filter { $0.dag.id > (after ?? "") }.sorted { $0.dag.id < $1.dag.id }.prefix(limit))
    }

    public func dagVersion(id: String, version: String) async throws -> Dag? {
        state.value.dagVersions[Dag.versionKey(id: id, version: version)]
    }

    // MARK: Submission

    public func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        state.change { state in instances.map { state.submit($0) } }
    }

    // MARK: Reading

    public func instance(id: String) async throws -> DagInstance? { state.value.instances[id] }

    public func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> {
        let found = state.value.instances.values.filter { instance in
            (query.dagId.map { $0 == instance.dagId } ?? true) && (query.statuses.isEmpty || query.statuses.contains(instance.status))
        }
        let sorted = found.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
        let rest = query.after.map { after in sorted.drop { $0.id != after }.dropFirst() } ?? sorted[...]
        let page = Array(rest.prefix(query.limit))
        return Page(page, next: page.count == query.limit ? page.last?.id : nil)
    }

    public func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        state.value.tasks.values.filter { $0.dagInsId == dagInsId && $0.version.epoch >= runEpoch }.sorted { $0.id < $1.id }
    }

    public func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] {
        let found = state.value.traces.values.filter { chunk in
            chunk.dagInsId == dagInsId && (taskId.map { $0 == chunk.taskId } ?? true) && chunk.id > (after ?? "")
        }
        return Array(found.sorted { $0.id < $1.id }.prefix(limit))
    }

    // MARK: The leader

    public func pending(after: String?, limit: Int) async throws -> Page<DagInstance> { state.value.pending(after: after, limit: limit) }

    public func owned() async throws -> [OwnedInstance] {
        state.value.instances.values.filter(\.status.isOwned).map { instance in
            OwnedInstance(
                id: instance.id, dagId: instance.dagId, dagVersion: instance.dagVersion, status: instance.status,
                session: instance.session, version: instance.version, runEpoch: instance.runEpoch)
        }
    }

    public func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        assignments.map { assignment in state.change { $0.assign(assignment) } }
    }

    // MARK: The owner

    public func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        let found = state.value.instances.values.filter { $0.session == session && $0.status.isOwned && $0.id > (after ?? "") }
        let page = Array(found.sorted { $0.id < $1.id }.prefix(limit))
        return Page(page, next: page.count == limit ? page.last?.id : nil)
    }

    public func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        let instances = state.value.instances
        return Page(ids.compactMap { instances[$0] }.filter { $0.session == session && $0.status.isOwned })
    }

    public func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        state.change { $0.claimAgain(id: id, session: session, expected: expected) }
    }

    public func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        let ids = state.value.tasks.values.filter { $0.dagInsId == dagInsId }.map(\.id).sorted()
        for id in ids {
            state.change { $0.raise(taskID: id, from: from, to: to) }
        }
    }

    public func record(_ batch: RecordBatch) async throws -> RecordResult {
        // The order of an unordered batch is nobody's promise; traces go first, as the engine hands them over.
        let traces = batch.traces.map { chunk in
            state.change { state -> RecordOutcome in
                if state.traces[chunk.id] == nil { state.traces[chunk.id] = chunk }
                return .written
            }
        }
        let tasks = batch.tasks.map { record in
            guard record.task.roughSize <= documentLimit else { return RecordOutcome.refused("the document is too large") }
            return state.change { $0.record(record) }
        }
        let instances = batch.instances.map { instance in
            guard instance.roughSize <= documentLimit else { return RecordOutcome.refused("the document is too large") }
            return state.change { $0.record(instance) }
        }
        return RecordResult(instances: instances, tasks: tasks, traces: traces)
    }
}

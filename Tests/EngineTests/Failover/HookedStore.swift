import Engine
import TestSupport
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A store that asks a test first, where `Faults` cannot say what it wants: what depends on the contents of a call, and answers that are late.
struct HookedStore: Store {
    let store: any Store
    /// Throws to refuse a definition.
    var onApply: @Sendable (Dag) throws -> Void = { _ in }
    /// Answers for definitions that are applied together; `nil` lets the store answer.
    var onApplyAll: @Sendable ([NewDefinition]) throws -> [Result<ApplyOutcome?, StoreError>]? = { _ in nil }
    /// Sees what `assigned` read, before the caller does.
    var onAssigned: @Sendable (Page<DagInstance>) async throws -> Void = { _ in }
    /// Sees a batch before it is written, or refuses it.
    var onRecord: @Sendable (RecordBatch) async throws -> Void = { _ in }

    init(_ store: any Store) { self.store = store }

    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        try onApply(dag)
        return try await store.apply(dag, version: version, source: source, expectedRevision: expectedRevision)
    }

    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        if let outcomes = try onApplyAll(definitions) { return outcomes }
        var outcomes: [Result<ApplyOutcome?, StoreError>] = []
        for new in definitions {
            do {
                try onApply(new.dag)
                outcomes += try await store.apply([new], onlyUnknown: onlyUnknown)
            } catch let error as StoreError {
                outcomes.append(.failure(error))
            }
        }
        return outcomes
    }

    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        let page = try await store.assigned(to: session, after: after, limit: limit)
        try await onAssigned(page)
        return page
    }

    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        let page = try await store.assigned(to: session, among: ids)
        try await onAssigned(page)
        return page
    }

    func record(_ batch: RecordBatch) async throws -> RecordResult {
        try await onRecord(batch)
        return try await store.record(batch)
    }

    // MARK: As it is

    func keepVersions(_ definitions: [NewDefinition]) async throws { try await store.keepVersions(definitions) }
    func dag(id: String) async throws -> DagRecord? { try await store.dag(id: id) }
    func dags(after: String?, limit: Int) async throws -> [DagRecord] { try await store.dags(after: after, limit: limit) }
    func dagVersion(id: String, version: String) async throws -> Dag? { try await store.dagVersion(id: id, version: version) }
    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] { try await store.submit(instances) }
    func instance(id: String) async throws -> DagInstance? { try await store.instance(id: id) }
    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> { try await store.instances(query) }
    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        try await store.tasks(of: dagInsId, runEpoch: runEpoch)
    }
    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] {
        try await store.traces(of: dagInsId, taskId: taskId, after: after, limit: limit)
    }
    func pending(after: String?, limit: Int) async throws -> Page<DagInstance> { try await store.pending(after: after, limit: limit) }
    func owned() async throws -> [OwnedInstance] { try await store.owned() }
    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] { try await store.assign(assignments) }
    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await store.due(until: time, after: after, limit: limit)
    }
    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome {
        try await store.set(state, of: dagId, expectedRevision: expectedRevision)
    }
    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] { try await store.revisions(of: dagId, limit: limit) }
    func pausedDags(limit: Int) async throws -> [String] { try await store.pausedDags(limit: limit) }
    func put(_ pool: Pool) async throws { try await store.put(pool) }
    func removePool(_ name: String) async throws -> Bool { try await store.removePool(name) }
    func pools() async throws -> [Pool] { try await store.pools() }
    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        try await store.pending(except: dagIds, limit: limit)
    }
    func activeRuns(of dagId: String, limit: Int) async throws -> [String] { try await store.activeRuns(of: dagId, limit: limit) }
    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int { try await store.waitingRuns(of: dagId, limit: limit) }
    func amend(_ amendments: [Amendment]) async throws -> [Bool] { try await store.amend(amendments) }
    func instances(ids: [String]) async throws -> Page<DagInstance> { try await store.instances(ids: ids) }
    func submit(_ command: Command) async throws -> CommandRecord { try await store.submit(command) }
    func command(id: String) async throws -> CommandRecord? { try await store.command(id: id) }
    func commands(of run: String, limit: Int) async throws -> [CommandRecord] { try await store.commands(of: run, limit: limit) }
    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        try await store.openCommands(after: after, limit: limit)
    }
    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        try await store.openCommands(of: runs, limit: limit)
    }
    func settle(_ records: [CommandRecord]) async throws { try await store.settle(records) }
    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        try await store.claimAgain(id: id, session: session, expected: expected)
    }
    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        try await store.raiseTasks(of: dagInsId, from: from, to: to)
    }
}

extension RecordBatch {
    /// Whether something in it belongs to a run.
    func concerns(_ run: String) -> Bool {
        instances.contains { $0.id == run } || tasks.contains { $0.task.dagInsId == run } || traces.contains { $0.dagInsId == run }
    }
}

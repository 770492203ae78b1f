import Engine
import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A store that answers at once and forgets what has ended: as little as one node that never fails needs, so that what is measured is the engine.
final class InstantStore: Store {
    private struct State {
        var dags: [String: DagRecord] = [:]
        var waiting: [String: DagInstance] = [:]
        var assigned: [String: DagInstance] = [:]
        var ended = Ended()
        var waiter: CheckedContinuation<Ended, Never>?

        var isIdle: Bool { waiting.isEmpty && assigned.isEmpty }
    }

    /// What has ended since somebody asked.
    struct Ended {
        var runs = 0
        var failed = 0
    }

    private let state = Mutex(State())

    /// - Throws: where a run has not succeeded.
    func waitUntilAllEnded() async throws {
        let ended = await withCheckedContinuation { continuation in
            let ended = state.withLock { state -> Ended? in
                guard !state.isIdle else { return exchange(&state.ended, with: Ended()) }
                state.waiter = continuation
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
        guard ended.failed == 0, ended.runs > 0 else { throw MicroError("\(ended.failed) of \(ended.runs) runs have not succeeded") }
    }

    func record(_ batch: RecordBatch) async throws -> RecordResult {
        let ended = batch.instances.filter(\.status.isFinal)
        if !ended.isEmpty { end(ended) }
        return RecordResult(
            instances: Array(repeating: .written, count: batch.instances.count),
            tasks: Array(repeating: .written, count: batch.tasks.count),
            traces: Array(repeating: .written, count: batch.traces.count))
    }

    private func end(_ instances: [DagInstance]) {
        let waiter = state.withLock { state -> (CheckedContinuation<Ended, Never>, Ended)? in
            for instance in instances {
                state.assigned[instance.id] = nil
                state.ended.runs += 1
                if instance.status != .success { state.ended.failed += 1 }
            }
            guard state.isIdle, let waiter = state.waiter else { return nil }
            state.waiter = nil
            return (waiter, exchange(&state.ended, with: Ended()))
        }
        if let (continuation, ended) = waiter { continuation.resume(returning: ended) }
    }

    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        state.withLock { state in for instance in instances { state.waiting[instance.id] = instance } }
        return Array(repeating: .created, count: instances.count)
    }

    func pending(after: String?, limit: Int) async throws -> Page<DagInstance> {
        state.withLock { Page(Array($0.waiting.values.prefix(limit))) }
    }

    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        state.withLock { state in
            assignments.map { assignment in
                guard var instance = state.waiting.removeValue(forKey: assignment.id) else { return false }
                (instance.status, instance.worker, instance.session) = (.scheduled, assignment.worker, assignment.session)
                (instance.version, instance.runEpoch) = (assignment.version, assignment.runEpoch ?? instance.runEpoch)
                state.assigned[instance.id] = instance
                return true
            }
        }
    }

    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        state.withLock { Page(Array($0.assigned.values)) }
    }

    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        state.withLock { state in Page(ids.compactMap { state.assigned[$0] }) }
    }

    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        let record = DagRecord(dag: dag, version: version, revision: 1, source: source)
        state.withLock { $0.dags[dag.id] = record }
        return .applied(record)
    }

    func dag(id: String) async throws -> DagRecord? { state.withLock { $0.dags[id] } }
    func dagVersion(id: String, version: String) async throws -> Dag? { state.withLock { $0.dags[id]?.dag } }

    // MARK: What a node that never fails does not ask

    func keepVersions(_ definitions: [NewDefinition]) async throws {}
    func dags(after: String?, limit: Int) async throws -> [DagRecord] { [] }
    func instance(id: String) async throws -> DagInstance? { nil }
    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> { Page([]) }
    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] { [] }
    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] { [] }
    func owned() async throws -> [OwnedInstance] { [] }
    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> { Page([]) }
    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> { Page([]) }
    func activeRuns(of dagId: String, limit: Int) async throws -> [String] { [] }
    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int { 0 }
    func pausedDags(limit: Int) async throws -> [String] { [] }
    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome { .conflict }
    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] { [] }
    func put(_ pool: Pool) async throws {}
    func removePool(_ name: String) async throws -> Bool { false }
    func pools() async throws -> [Pool] { [] }
    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        definitions.map { new in
            let record = DagRecord(dag: new.dag, version: new.version, revision: 1, source: new.source)
            state.withLock { $0.dags[new.dag.id] = record }
            return .success(.applied(record))
        }
    }
    func amend(_ amendments: [Amendment]) async throws -> [Bool] { amendments.map { _ in false } }
    func instances(ids: [String]) async throws -> Page<DagInstance> { Page([]) }
    func submit(_ command: Command) async throws -> CommandRecord { CommandRecord(command) }
    func command(id: String) async throws -> CommandRecord? { nil }
    func commands(of run: String, limit: Int) async throws -> [CommandRecord] { [] }
    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> { Page([]) }
    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] { [] }
    func settle(_ records: [CommandRecord]) async throws {}
    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? { nil }
    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {}
}

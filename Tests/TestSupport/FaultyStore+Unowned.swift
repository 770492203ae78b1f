public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension FaultyStore {
    public func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await faults.around(.due) { try await store.due(until: time, after: after, limit: limit) }
    }

    public func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        try await faults.around(.amend) { try await store.amend(amendments) }
    }

    public func instances(ids: [String]) async throws -> Page<DagInstance> {
        try await faults.around(.instancesByID) { try await store.instances(ids: ids) }
    }

    public func submit(_ command: Command) async throws -> CommandRecord {
        try await faults.around(.submitCommand) { try await store.submit(command) }
    }

    public func command(id: String) async throws -> CommandRecord? {
        try await faults.around(.command) { try await store.command(id: id) }
    }

    public func commands(of run: String, limit: Int) async throws -> [CommandRecord] {
        try await faults.around(.commands) { try await store.commands(of: run, limit: limit) }
    }

    public func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        try await faults.around(.openCommands) { try await store.openCommands(after: after, limit: limit) }
    }

    public func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        try await faults.around(.openCommands) { try await store.openCommands(of: runs, limit: limit) }
    }

    public func settle(_ records: [CommandRecord]) async throws {
        try await faults.around(.settle) { try await store.settle(records) }
    }

    public func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome {
        try await faults.around(.setDagState) { try await store.set(state, of: dagId, expectedRevision: expectedRevision) }
    }

    public func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] {
        try await faults.around(.revisions) { try await store.revisions(of: dagId, limit: limit) }
    }

    public func pausedDags(limit: Int) async throws -> [String] {
        try await faults.around(.pausedDags) { try await store.pausedDags(limit: limit) }
    }

    public func put(_ pool: Pool) async throws {
        try await faults.around(.pools) { try await store.put(pool) }
    }

    public func removePool(_ name: String) async throws -> Bool {
        try await faults.around(.pools) { try await store.removePool(name) }
    }

    public func pools() async throws -> [Pool] {
        try await faults.around(.pools) { try await store.pools() }
    }

    public func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        try await faults.around(.pending) { try await store.pending(except: dagIds, limit: limit) }
    }

    public func activeRuns(of dagId: String, limit: Int) async throws -> [String] {
        try await faults.around(.activeRuns) { try await store.activeRuns(of: dagId, limit: limit) }
    }

    public func waitingRuns(of dagId: String?, limit: Int) async throws -> Int {
        try await faults.around(.waitingRuns) { try await store.waitingRuns(of: dagId, limit: limit) }
    }
}

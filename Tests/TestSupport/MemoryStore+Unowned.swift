public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension MemoryStore {
    public func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        state.value.due(until: time, after: after, limit: limit)
    }

    public func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        state.value.pending(except: dagIds, limit: limit)
    }

    public func activeRuns(of dagId: String, limit: Int) async throws -> [String] { state.value.activeRuns(of: dagId, limit: limit) }

    public func waitingRuns(of dagId: String?, limit: Int) async throws -> Int { state.value.waitingRuns(of: dagId, limit: limit) }

    public func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        amendments.map { amendment in
            guard amendment.instance.roughSize <= documentLimit else { return false }
            return state.change { $0.amend(amendment) }
        }
    }

    public func instances(ids: [String]) async throws -> Page<DagInstance> { state.value.instances(ids: ids) }

    public func submit(_ command: Command) async throws -> CommandRecord { state.change { $0.submit(command) } }

    public func command(id: String) async throws -> CommandRecord? { state.value.commands[id] }

    public func commands(of run: String, limit: Int) async throws -> [CommandRecord] { state.value.commands(of: run, limit: limit) }

    public func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        state.value.openCommands(after: after, limit: limit)
    }

    public func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        state.value.openCommands(of: runs, limit: limit)
    }

    public func settle(_ records: [CommandRecord]) async throws {
        for record in records { state.change { $0.settle(record) } }
    }

    // MARK: DAGs and pools

    public func set(_ new: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome {
        state.change { $0.set(new, of: dagId, expectedRevision: expectedRevision) }
    }

    public func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] {
        Array((state.value.dagHistory[dagId] ?? []).reversed().prefix(limit))
    }

    public func pausedDags(limit: Int) async throws -> [String] { state.value.pausedDags(limit: limit) }

    public func put(_ pool: Pool) async throws { state.change { $0.pools[pool.name] = pool } }

    public func removePool(_ name: String) async throws -> Bool { state.change { $0.pools.removeValue(forKey: name) != nil } }

    public func pools() async throws -> [Pool] { state.value.pools.values.sorted { $0.name < $1.name } }
}

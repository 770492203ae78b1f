public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension MemoryStore {
    public func due(until time: Date, limit: Int) async throws -> Page<DagInstance> { state.value.due(until: time, limit: limit) }

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
}

public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension FaultyStore {
    public func due(until time: Date, limit: Int) async throws -> Page<DagInstance> {
        try await faults.around(.due) { try await store.due(until: time, limit: limit) }
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
}

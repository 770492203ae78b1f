public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Store {
    public func due(until time: Date, limit: Int) async throws -> Page<DagInstance> { Page([]) }
    public func amend(_ amendments: [Amendment]) async throws -> [Bool] { amendments.map { _ in false } }
    public func instances(ids: [String]) async throws -> Page<DagInstance> {
        var found: [DagInstance] = []
        for id in ids.sorted() { if let instance = try await instance(id: id) { found.append(instance) } }
        return Page(found)
    }
    public func submit(_ command: Command) async throws -> CommandRecord { CommandRecord(command) }
    public func command(id: String) async throws -> CommandRecord? { nil }
    public func commands(of run: String, limit: Int) async throws -> [CommandRecord] { [] }
    public func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> { Page([]) }
    public func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] { [] }
    public func settle(_ records: [CommandRecord]) async throws {}
}

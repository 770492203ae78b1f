import Engine
import TestSupport
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension SimulatedStore {
    func due(until time: Date, limit: Int) async throws -> Page<DagInstance> {
        try await read("due") { $0.due(until: time, limit: limit) }
    }

    func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        let ids = amendments.map(\.instance.id)
        return try await write("amend \(ids.joined(separator: " "))", ids.map { .instance($0) }) { state, index in
            state.amend(amendments[index])
        }
    }

    func instances(ids: [String]) async throws -> Page<DagInstance> {
        try await read("instances \(ids.joined(separator: " "))") { $0.instances(ids: ids) }
    }

    func submit(_ command: Command) async throws -> CommandRecord {
        try await write("command \(command.id)", [.command(command.id)]) { state, _ in state.submit(command) }[0]
    }

    func command(id: String) async throws -> CommandRecord? { try await read("command") { $0.commands[id] } }

    func commands(of run: String, limit: Int) async throws -> [CommandRecord] {
        try await read("commands of \(run)") { $0.commands(of: run, limit: limit) }
    }

    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        try await read("open commands") { $0.openCommands(after: after, limit: limit) }
    }

    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        try await read("open commands of \(runs.joined(separator: " "))") { $0.openCommands(of: runs, limit: limit) }
    }

    func settle(_ records: [CommandRecord]) async throws {
        let ids = records.map(\.command.id)
        _ = try await write("settle \(ids.joined(separator: " "))", ids.map { .command($0) }) { state, index in
            state.settle(records[index])
        }
    }
}

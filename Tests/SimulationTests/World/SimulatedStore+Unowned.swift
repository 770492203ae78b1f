import Engine
import TestSupport
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension SimulatedStore {
    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await read("due") { $0.due(until: time, after: after, limit: limit) }
    }

    func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        let ids = amendments.map(\.instance.id)
        if mutation == .settlesBeforeAmending {
            let world = network.world
            world.after(world.latency(0.01, 5)) {
                for amendment in amendments { network.primary.write(.instance(amendment.instance.id)) { _ = $0.amend(amendment) } }
            }
            return amendments.map { _ in true }
        }
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

    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        try await read("pendingExcept") { $0.pending(except: dagIds, limit: limit) }
    }

    func activeRuns(of dagId: String, limit: Int) async throws -> [String] {
        try await read("activeRuns \(dagId)") { $0.activeRuns(of: dagId, limit: limit) }
    }

    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int {
        try await read("waitingRuns") { $0.waitingRuns(of: dagId, limit: limit) }
    }

    func pausedDags(limit: Int) async throws -> [String] { try await read("pausedDags") { $0.pausedDags(limit: limit) } }

    // MARK: What nobody does in a simulation

    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome { .conflict }
    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] { [] }
    func put(_ pool: Pool) async throws {}
    func removePool(_ name: String) async throws -> Bool { false }
    func pools() async throws -> [Pool] { [] }
}

import Engine
import TestSupport
import Testing
import Workflow

@Suite("Commander: versions, pauses and pools")
struct CommanderDefinitionsTests {
    private let backend = MemoryBackend()
    private var commander: Commander { Commander(store: backend.store, keeper: backend.keeper) }

    private func expect(_ kind: CommandError.Kind, _ body: () async throws -> Any) async {
        let error = await #expect(throws: CommandError.self) { _ = try await body() }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test("a rollback makes an earlier version the current one, and leaves a pause and a stop as they are")
    func rollback() async throws {
        var dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "step")])
        _ = try await commander.apply(dag, source: "test")
        let first = try await commander.dag("d").version
        dag.desc = "changed"
        _ = try await commander.apply(dag, source: "test")
        _ = try await commander.setStatus(.stopped, dag: "d")
        _ = try await commander.setPaused(true, dag: "d")
        guard case .applied(let record) = try await commander.rollback("d", to: String(first.prefix(8))) else {
            return #expect(Bool(false))
        }
        #expect(record.version == first && record.dag.status == .stopped && record.isPaused)
        let history = try await commander.history(of: "d")
        #expect(history.first?.version == first)
        #expect(history.map(\.revision) == history.map(\.revision).sorted(by: >))
        await expect(.notFound) { try await commander.rollback("d", to: "ffff0000") }
        await expect(.notFound) { try await commander.rollback("d", to: String(first.prefix(3))) }
        await expect(.notFound) { try await commander.rollback("nothing", to: first) }
        await expect(.notFound) { try await commander.history(of: "nothing") }
    }

    @Test("a stopped DAG takes no runs, a paused one lets them wait and says so")
    func states() async throws {
        _ = try await commander.apply(Dag(id: "d", tasks: [.init(id: "a", actionName: "step")]), source: "test")
        _ = try await commander.setStatus(.stopped, dag: "d")
        await expect(.refused) { try await commander.run(dagId: "d") }
        _ = try await commander.setStatus(.normal, dag: "d")
        #expect(try await commander.setPaused(true, dag: "d").isPaused)
        _ = try await commander.run(dagId: "d", id: "r")
        #expect(try await commander.why("r").run.first == .dagPaused("d"))
        #expect(try await commander.setPaused(false, dag: "d").isPaused == false)
        #expect(try await commander.why("r").run.first == .noNode(.noNodes))
        await expect(.notFound) { try await commander.setPaused(true, dag: "nothing") }
    }

    @Test("pools are made, changed and deleted; their slots are counted from live locks")
    func pools() async throws {
        try await commander.setPool("db", slots: 2)
        try await commander.setPool("db", slots: 1)
        let owner = LockOwner(id: "o", name: "run r, task a", place: "w1")
        _ = try await backend.keeper.acquireLock("pool:db:0", owner: owner, ttl: .seconds(60))
        _ = try await backend.keeper.acquireLock("pool:db", owner: owner, ttl: .seconds(60))
        #expect(try await commander.pools() == [PoolUse(pool: Pool(name: "db", slots: 1), holders: ["run r, task a"])])
        await expect(.invalid) { try await commander.setPool("d:b", slots: 1) }
        await expect(.invalid) { try await commander.setPool("", slots: 1) }
        await expect(.invalid) { try await commander.setPool("db", slots: 0) }
        try await commander.deletePool("db")
        await expect(.notFound) { try await commander.deletePool("db") }
    }
}

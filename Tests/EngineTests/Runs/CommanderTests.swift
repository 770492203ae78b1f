import Engine
import TestSupport
import Testing
import Workflow

@Suite("Commander")
struct CommanderTests {
    private let backend = MemoryBackend()
    private var commander: Commander { Commander(store: backend.store, keeper: backend.keeper) }

    @Test("a run submitted twice with one id is one run; with other vars or another DAG it is refused")
    func idempotent() async throws {
        let vars = ["day": Dag.Var(defaultValue: "monday")]
        _ = try await commander.apply(Dag(id: "d", vars: vars, tasks: []), source: "test")
        _ = try await commander.apply(Dag(id: "e", vars: vars, tasks: []), source: "test")
        let first = try await commander.run(dagId: "d", id: "key")
        #expect(try await commander.run(dagId: "d", vars: ["day": "monday"], id: "key") == first)
        #expect(backend.state.value.instances.count == 1)
        await refused { try await commander.run(dagId: "d", vars: ["day": "friday"], id: "key") }
        await refused { try await commander.run(dagId: "e", id: "key") }
    }

    private func refused(_ body: () async throws -> DagInstance) async {
        let error = await #expect(throws: CommandError.self) { try await body() }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("'key'") == true)
    }

    @Test("unknown and stopped DAGs, unknown vars and bad ids are refused with what to do")
    func mistakes() async throws {
        let commander = commander
        _ = try await commander.apply(Dag(id: "d", vars: ["day": .init()]), source: "test")
        _ = try await commander.apply(Dag(id: "s", status: .stopped), source: "test")
        let cases: [(CommandError.Kind, String, [String: String], String?)] = [
            (.notFound, "x", [:], nil), (.refused, "s", [:], nil), (.invalid, "d", [:], nil),
            (.invalid, "d", ["dya": "1", "day": "1"], nil),
            (.invalid, "d", ["day": "1"], "a/b"), (.invalid, "d", ["day": "1"], ""), (.invalid, "d", ["day": "1"], "a\nb"),
        ]
        for (kind, dag, vars, id) in cases {
            let error = await #expect(throws: CommandError.self) { try await commander.run(dagId: dag, vars: vars, id: id) }
            #expect(error?.kind == kind, "\(String(describing: error))")
        }
        #expect(backend.state.value.instances.isEmpty)
    }

    @Test("applying is unchanged the second time, and a change of the status alone keeps the version")
    func apply() async throws {
        var dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "step")])
        guard case .applied(let first) = try await commander.apply(dag, source: "test") else { return #expect(Bool(false)) }
        #expect(try await commander.apply(dag, source: "test") == .unchanged(first))
        dag.status = .stopped
        guard case .applied(let second) = try await commander.apply(dag, source: "test") else { return #expect(Bool(false)) }
        #expect(second.version == first.version && second.revision == first.revision + 1)
    }

    @Test("ids that are made up sort by time and never meet")
    func ids() async throws {
        _ = try await commander.apply(Dag(id: "d"), source: "test")
        var ids: Set<String> = []
        for _ in 0..<100 { ids.insert(try await commander.run(dagId: "d").id) }
        #expect(ids.count == 100)
        #expect(ids.allSatisfy { $0.count == 26 })
    }

    @Test("tasks that have not started are shown from the definition")
    func show() async throws {
        _ = try await commander.apply(.chain("d", ("a", "step"), ("b", "step")), source: "test")
        _ = try await commander.run(dagId: "d", id: "r")
        let details = try await commander.show("r")
        #expect(details.tasks.map(\.taskId) == ["a", "b"])
        #expect(details.tasks.allSatisfy { $0.status == .`init` && $0.attempt == 0 })
        await #expect(throws: CommandError.self) { try await commander.show("nothing") }
    }
}

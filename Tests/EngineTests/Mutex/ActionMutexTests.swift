import TestSupport
import Testing
import Workflow

@testable import Engine

@Suite("Mutex: in actions")
struct ActionMutexTests {
    @Test("tasks on several nodes exclude each other; the holder is the attempt, which enters again at once")
    func actions() async throws {
        let backend = MemoryBackend()
        let (shared, holders) = (Shared(), Watched<Set<String>>([]))
        var registry = ActionRegistry()
        try registry.register("use") { context in
            try await context.withMutex("k") { token in
                if let owner = backend.state.value.locks["k"]?.owner { holders.change { _ = $0.insert("\(owner.name) on \(owner.place)") } }
                var random = SeededGenerator(seed: UInt64(token))
                await shared.use(token, &random)
                try await context.withMutex("k") { inner in #expect(inner == token) }
            }
        }
        let dag = Dag(id: "d", tasks: ["a", "b", "c"].map { Dag.Task(id: $0, actionName: "use") })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in ["w1", "w2"] {
                let configuration = NodeConfiguration(key: key, leaseTTL: .seconds(20), capacity: 2, pollInterval: .milliseconds(100))
                let node = try TestNode(configuration, backend: backend, registry: registry, flows: [])
                group.addTask { await node.run() }
            }
            try await backend.wait(for: "both to join") { $0.nodes.count == 2 }
            let commander = Commander(store: backend.store, keeper: backend.keeper)
            _ = try await commander.apply(dag, source: "test")
            for number in 0..<4 { _ = try await commander.run(dagId: "d", id: "run\(number)") }
            for number in 0..<4 { try await backend.wait(for: "run\(number)", toBe: [.success, .failed]) }
            group.cancelAll()
        }
        let state = shared.state.value
        #expect(state.most == 1 && state.uses == 12)
        #expect(zip(state.tokens, state.tokens.dropFirst()).allSatisfy { $0 < $1 })
        let session = try #require(backend.state.value.nodes["w1"]).session
        #expect(holders.value.count == 12)
        #expect(holders.value.contains { $0.hasPrefix("run run0, task a, attempt 1.1 on node w") })
        #expect(holders.value.contains { $0.hasSuffix("session \(session)") })
    }
}

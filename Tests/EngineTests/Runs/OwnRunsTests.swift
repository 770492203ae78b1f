import Engine
import TestSupport
import Testing
import Workflow

@Suite("Runs that a node starts itself")
struct OwnRunsTests {
    /// Starts a run as soon as the node is in the cluster.
    private func start(_ node: TestNode, _ start: (TestNode) async throws -> DagInstance) async throws -> DagInstance {
        for _ in 0..<100_000 {
            do { return try await start(node) } catch is NodeError { await Task.yield() }
        }
        throw NodeError("the node does not join")
    }

    @Test("a node runs what it starts, and no other node gets it, whoever leads")
    func own() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            let second = try await cluster.join("w2")
            _ = try await cluster.commander.apply(.chain("d", ("a", "step"), ("b", "step")), source: "test")
            for number in 0..<5 {
                let run = try await start(second) { try await $0.start(RunRequest(dagId: "d", id: "own\(number)")) }
                #expect(run.status == .scheduled && run.worker == "w2" && run.runEpoch == 1)
                try await cluster.backend.wait(for: run.id, toBe: [.success])
                #expect(try await cluster.commander.show(run.id).tasks.allSatisfy { $0.worker == "w2" })
            }
        }
    }

    @Test("a node that is not in the cluster starts nothing, and says so")
    func outside() async throws {
        let node = try TestNode(NodeConfiguration(key: "w1"), backend: MemoryBackend(), registry: ActionRegistry(), flows: [])
        let error = await #expect(throws: NodeError.self) { try await node.start(RunRequest(dagId: "d")) }
        #expect(error?.description.contains("is not in the cluster") == true)
    }

    @Test("a newer version goes on with what an older run has done; a result that is not there is asked for by name")
    func newVersion() async throws {
        try await withCluster { cluster in
            let node = try await cluster.join("w1")
            var dag = Dag(id: "d", vars: ["old": .init(defaultValue: "1")])
            dag.tasks = [
                .init(id: "a", actionName: "echo", params: ["output": "kept"]),
                .init(id: "b", actionName: "echo", dependOn: ["a"], params: ["output": "{{tasks.a.output}} {{nothing}}"]),
                .init(id: "c", actionName: "echo", dependOn: ["b"], params: ["output": "{{tasks.b.output}}"]),
            ]
            let failed = try await cluster.finish(dag, id: "old")
            #expect(failed.instance.status == .failed)
            dag.vars = [:]
            dag.tasks[1].params = ["output": "{{tasks.a.output}} mended"]
            let version = try dag.contentVersion()
            _ = try await cluster.commander.apply(dag, source: "test")
            var reuse = Reuse(run: "old", from: ["c"], version: version)
            reuse.needsAll = true
            let early = reuse
            let refused = await #expect(throws: CommandError.self) {
                _ = try await start(node) { (node: TestNode) async throws in try await node.start(early) }
            }
            #expect(refused?.kind == .refused && refused?.description.contains("--from b") == true)
            reuse.from = ["b"]
            let later = reuse
            let run = try await start(node) { try await $0.start(later) }
            #expect(run.vars == [:] && run.dagVersion == version)
            try await cluster.backend.wait(for: run.id, toBe: [.success])
            let end = try await cluster.commander.show(run.id)
            #expect(try end.task("c").output == "kept mended")
            #expect(try end.task("a").reason == "taken over from run old")
        }
    }
}

import Engine
import TestSupport
import Testing
import Workflow

@Suite("Joining and stopping")
struct StoppingTests {
    private let chain = Dag.chain("d", ("a", "wait"), ("b", "step"))

    @Test("a node told to stop lets its task end, hands the run back and leaves; another one finishes it")
    func gracefulStop() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1")
            try await cluster.run(chain)
            try await cluster.actions.wait(forStartOf: "a")
            try await cluster.join("w2")
            await first.stop()
            try await cluster.backend.wait(for: "w1 to drain") { $0.nodes["w1"]?.isDraining == true }
            cluster.actions.open("a")
            try await first.ended()
            #expect(first.failure == nil)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let started = cluster.actions.journal.value.started
            #expect(started.map { "\($0.task) \($0.worker) \($0.attempt)" } == ["a w1 1", "b w2 1"])
            #expect(cluster.backend.state.value.nodes["w1"]?.isAlive == false)
            #expect(cluster.backend.state.value.instances["run"]?.adoptions == 0)
        }
    }

    @Test("what still runs after the grace period is cancelled and handed back")
    func graceIsOver() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1", grace: .milliseconds(50))
            try await cluster.run(chain)
            try await cluster.backend.wait(for: "a to be running") { $0.tasks["run/a"]?.status == .running }
            await first.stop()
            try await first.ended()
            #expect(first.failure == nil)
            let handedBack = try #require(cluster.backend.state.value.instances["run"])
            #expect(handedBack.status == .`init` && handedBack.session == nil)
            #expect(handedBack.reason == "handed back by w1")
            cluster.actions.open("a")
            try cluster.start("w2")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.starts(of: "a").map(\.attempt) == [1, 2])
        }
    }

    @Test("tasks that wait for a place when the node stops are not lost with it")
    func queuedAtStop() async throws {
        let dag = Dag(id: "d", tasks: (0..<4).map { .init(id: "t\($0)", actionName: "wait") })
        try await withCluster { cluster in
            let first = try cluster.start("w1", concurrentTasks: 1)
            try await cluster.run(dag)
            try await cluster.actions.journal.wait(for: "a start") { !$0.started.isEmpty }
            await first.stop()
            try await cluster.backend.wait(for: "w1 to drain") { $0.nodes["w1"]?.isDraining == true }
            for number in 0..<4 { cluster.actions.open("t\(number)") }
            try await first.ended()
            #expect(cluster.backend.state.value.instances["run"]?.status == .`init`)
            try cluster.start("w2")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.started.count == 4)
        }
    }

    @Test("a leader that stops gives the lease up at once")
    func leaderStops() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1")
            try await cluster.backend.wait(for: "w1 to lead") { $0.lease?.key == "w1" }
            await first.stop()
            try await first.ended()
            #expect(try await cluster.backend.keeper.leader() == nil)
            #expect(try await cluster.backend.keeper.nodes().map(\.isAlive) == [false])
        }
    }

    @Test("a second process under a live key is refused, and the first one goes on")
    func keyTaken() async throws {
        try await withCluster { cluster in
            // Long enough that a busy machine loses no lease; the second looks again after a third of it.
            try await cluster.join("w1", ttl: .seconds(6))
            let second = try cluster.start("w1", ttl: .seconds(6))
            try await second.ended()
            let error = try #require(second.failure as? NodeError)
            #expect(error.isKeyTaken)
            #expect(error.description.contains("'w1'") && error.description.contains("pid"))
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success)
        }
    }

    @Test("a node waits for a store that cannot be reached yet")
    func lateStore() async throws {
        try await withCluster { cluster in
            let node = try cluster.start("w1") { $0.cut() }
            try await node.faults.wait(for: .join, calls: 2)
            node.faults.heal()
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success)
        }
    }

    @Test("a node that is told to stop while it waits for the store stops")
    func stopWhileJoining() async throws {
        try await withCluster { cluster in
            let node = try cluster.start("w1") { $0.cut() }
            try await node.faults.wait(for: .join, calls: 1)
            await node.stop()
            try await node.ended()
            #expect(node.failure == nil)
        }
    }
}

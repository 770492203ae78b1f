import Engine
import TestSupport
import Testing
import Workflow

@Suite("Draining")
struct DrainTests {
    private let chain = Dag.chain("d", ("a", "wait"), ("b", "step"))

    @Test("a drained node lets its tasks end, gives its runs away, stays, and takes work again when it may")
    func drain() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1", ttl: .seconds(6))
            try await cluster.run(chain)
            try await cluster.actions.wait(forStartOf: "a")
            try await cluster.join("w2", ttl: .seconds(6))
            let drained = try await cluster.commander.drain("w1")
            #expect(drained.node.isDraining && drained.runs == 1)
            try await cluster.backend.wait(for: "the mark") { $0.nodes["w1"]?.isDraining == true }
            cluster.actions.open("a")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let started = cluster.actions.journal.value.started.map { "\($0.task) \($0.worker) \($0.attempt)" }
            #expect(started == ["a w1 1", "b w2 1"] || started == ["a w1 1", "b w1 1"], "\(started)")
            #expect(cluster.backend.state.value.nodes["w1"]?.isAlive == true)
            #expect(try await cluster.commander.runs(of: cluster.session(of: "w1")) == 0)
            #expect(cluster.backend.state.value.instances["run"]?.adoptions == 0)

            _ = try await cluster.commander.drain("w2")
            let again = try await cluster.commander.drain("w1", undo: true)
            #expect(!again.node.isDraining)
            try await cluster.run(Dag.chain("e", ("c", "step")), id: "second")
            try await cluster.backend.wait(for: "second", toBe: [.success])
            #expect(cluster.backend.state.value.instances["second"]?.worker == "w1")
        }
    }

    @Test("a drained node that loses its session is still drained when it has joined anew")
    func rejoins() async throws {
        try await withCluster { cluster in
            let node = try await cluster.join("w1", ttl: .seconds(4))
            let first = try cluster.session(of: "w1")
            _ = try await cluster.commander.drain("w1")
            let renewals = node.faults.count(.renew)
            try await node.faults.wait(for: .renew, calls: renewals + 2)
            node.faults.cut()
            try await node.faults.wait(for: .join, calls: 2)
            node.faults.heal()
            try await cluster.backend.wait(for: "the mark on the next session") { state in
                state.nodes["w1"].map { $0.session != first && $0.isAlive && $0.isDraining } ?? false
            }
        }
    }

    @Test("a node that is not there, or is dead, cannot be drained")
    func refused() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1")
            await first.stop()
            try await first.ended()
            await #expect { try await cluster.commander.drain("w9") } throws: { "\($0)".contains("no node 'w9'") }
            await #expect { try await cluster.commander.drain("w1") } throws: { "\($0)".contains("is not alive") }
        }
    }
}

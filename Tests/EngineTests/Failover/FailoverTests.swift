import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// These count real time: leases of a second run out. One after the other, so that a busy machine does not lose those that must not be lost.
@Suite("Failover", .serialized)
struct FailoverTests {
    private let short = Duration.seconds(1)
    private let chain = Dag.chain("d", ("a", "step"), ("b", "wait"), ("c", "step"))

    /// A run that `w1` has brought to its second task, `running` recorded, before `w1` is cut off.
    private func cutInTheMiddle(_ cluster: Cluster) async throws -> TestNode {
        let first = try await cluster.join("w1", ttl: short)
        try await cluster.run(chain)
        try await cluster.backend.wait(for: "b to be running") { $0.tasks["run/b"]?.status == .running }
        first.faults.cut()
        return first
    }

    @Test("another node goes on: finished tasks stay, the running one is attempt 2 at a higher epoch")
    func takeOver() async throws {
        try await withCluster { cluster in
            _ = try await cutInTheMiddle(cluster)
            try cluster.start("w2", ttl: short)
            cluster.actions.open("never")
            try await cluster.actions.wait(forStartOf: "b", times: 2)
            cluster.actions.open("b")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let journal = cluster.actions.journal.value
            #expect(journal.starts(of: "a").map(\.worker) == ["w1"])
            #expect(journal.starts(of: "b").map { "\($0.worker) \($0.attempt) \($0.epoch)" } == ["w1 1 1", "w2 2 2"])
            #expect(journal.starts(of: "c").map { "\($0.worker) \($0.attempt) \($0.epoch)" } == ["w2 1 2"])
            let run = try await cluster.commander.show("run")
            #expect(run.instance.runEpoch == 2)
            #expect(run.tasks.map(\.attempt) == [1, 2, 1])
        }
    }

    @Test("a node that cannot renew stops its work before another one starts it, and joins anew when it can")
    func stopsInTime() async throws {
        try await withCluster { cluster in
            let first = try await cutInTheMiddle(cluster)
            let lost = try cluster.session(of: "w1")
            try cluster.start("w2", ttl: short)
            try await cluster.actions.wait(forStartOf: "b", times: 2)
            let events = cluster.actions.journal.value
            let cancelled = try #require(events.index { if case .cancelled(let attempt) = $0 { attempt.worker == "w1" } else { false } })
            let restarted = try #require(events.index { if case .started(let attempt) = $0 { attempt.worker == "w2" } else { false } })
            #expect(cancelled < restarted)
            first.faults.heal()
            try await cluster.backend.wait(for: "w1 to be back") { $0.nodes["w1"]?.session != lost && $0.nodes["w1"]?.isAlive == true }
        }
    }

    @Test("a node whose session was declared dead gives up its work and takes it again as somebody new")
    func declaredDead() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1", ttl: short)
            try await cluster.run(chain)
            try await cluster.backend.wait(for: "b to be running") { $0.tasks["run/b"]?.status == .running }
            cluster.backend.state.change { $0.nodes["w1"]?.isAlive = false }
            try await cluster.actions.wait(forStartOf: "b", times: 2)
            cluster.actions.open("b")
            let run = try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(run.version.epoch == 2)
            #expect(cluster.actions.journal.value.starts(of: "a").count == 1)
        }
    }

    @Test("where the outcome of the raise is unknown, the run is taken at the epoch after", arguments: [Faults.Moment.before, .after])
    func unknownRaise(moment: Faults.Moment) async throws {
        try await withCluster { cluster in
            _ = try await cutInTheMiddle(cluster)
            cluster.actions.open("b")
            try cluster.start("w2", ttl: short) { $0.fail(.raiseTasks, moment) }
            let run = try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(run.runEpoch == 3)
            let journal = cluster.actions.journal.value
            #expect(journal.starts(of: "a").count == 1)
            #expect(journal.starts(of: "b").map { "\($0.attempt) \($0.epoch)" }.last == "2 3")
        }
    }

    @Test("where the outcome of the mark is unknown, the run is taken at the epoch after", arguments: [Faults.Moment.before, .after])
    func unknownMark(moment: Faults.Moment) async throws {
        try await withCluster { cluster in
            _ = try await cutInTheMiddle(cluster)
            cluster.actions.open("b")
            try cluster.start("w2", ttl: short) { $0.fail(.record, moment) }
            let run = try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(run.runEpoch == 3)
            #expect(cluster.actions.journal.value.starts(of: "b").map(\.worker).filter { $0 == "w2" }.count == 1)
        }
    }

    @Test("when the leader is cut off, another node leads with a higher term and gives out new runs")
    func leaderLost() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1", ttl: short)
            try await cluster.backend.wait(for: "w1 to lead") { $0.lease?.key == "w1" }
            try await cluster.join("w2", ttl: short)
            let term = try #require(cluster.backend.state.value.lease).term
            first.faults.cut()
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success)
            let lease = try #require(cluster.backend.state.value.lease)
            #expect(lease.key == "w2" && lease.term == term + 1)
        }
    }
}

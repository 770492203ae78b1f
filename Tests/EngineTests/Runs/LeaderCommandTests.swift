import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The leader: commands and times of runs that nobody owns")
struct LeaderCommandTests {
    private func command(_ id: String, _ kind: Command.Kind, run: String = "run") -> Command {
        Command(id: id, run: run, kind: kind, author: Author(by: "ada", reason: "enough", at: Date(timeIntervalSince1970: 1_700_000_000)))
    }

    private func give(_ command: Command, _ cluster: Cluster) async throws {
        _ = try await cluster.backend.store.submit(command)
        await cluster.backend.keeper.signal([.commands])
    }

    private func settled(_ id: String, _ cluster: Cluster) async throws -> CommandRecord {
        try await cluster.backend.wait(for: "the command \(id) to be settled") { $0.commands[id]?.status.isSettled == true }
        return try #require(cluster.backend.state.value.commands[id])
    }

    /// A DAG that no node can run.
    private let nobodys = Dag.chain("d", ("a", "fax"))

    @Test("a run that has never started is canceled at once, and says by whom and why")
    func cancel() async throws {
        try await withCluster { cluster in
            try await cluster.join("w")
            try await cluster.run(nobodys)
            try await give(command("c", .cancel), cluster)
            #expect(try await settled("c", cluster).status == .done)
            let run = try await cluster.backend.wait(for: "run", toBe: [.canceled])
            #expect(run.reason == "canceled by ada: enough" && run.endedAt != nil && run.control?.applied == ["c"])
            try await give(command("again", .cancel), cluster)
            #expect(try await settled("again", cluster).status == .refused)
        }
    }

    @Test("a run that waits is paused and not given out before it is resumed")
    func pause() async throws {
        try await withCluster { cluster in
            try await cluster.run(.chain("d", ("a", "step")))
            _ = try await cluster.backend.store.submit(command("pause", .pause))
            try await cluster.join("w") { $0.fail(.pausedDags, call: 1, .before) }
            #expect(try await settled("pause", cluster).status == .done)
            #expect(try await cluster.backend.wait(for: "run", toBe: [.parked, .success]).status == .parked)
            #expect(cluster.actions.journal.value.events.isEmpty)
            try await give(command("resume", .resume), cluster)
            #expect(try await settled("resume", cluster).status == .done)
            try await cluster.backend.wait(for: "run", toBe: [.success])
        }
    }

    @Test("a command for a run that does not exist is refused")
    func unknown() async throws {
        try await withCluster { cluster in
            try await cluster.join("w")
            try await give(command("c", .retry, run: "none"), cluster)
            let record = try await settled("c", cluster)
            #expect(record.status == .refused && record.result == "there is no run 'none'")
        }
    }

    @Test("a run that was not started in time has failed, without a hint and without a poll")
    func startTimeout() async throws {
        try await withCluster { cluster in
            try cluster.start("w", poll: .seconds(3_600))
            try await cluster.backend.wait(for: "the node") { $0.nodes["w"]?.isAlive == true }
            _ = try await cluster.commander.apply(nobodys, source: "test")
            let version = try #require(cluster.backend.state.value.dags["d"]?.version)
            var run = DagInstance(id: "run", dagId: "d", dagVersion: version, createdAt: Date())
            run.wakeAt = run.createdAt.addingTimeInterval(1)
            _ = try await cluster.backend.store.submit(run)
            await cluster.backend.keeper.signal([.dispatch])
            let failed = try await cluster.backend.wait(for: "run", toBe: [.failed])
            #expect(failed.reason == "it waited longer than startTimeoutSecs (1 s) for its start" && failed.wakeAt == nil)
        }
    }

    @Test("runs of a paused DAG wait, and start when it goes on")
    func pausedDag() async throws {
        try await withCluster { cluster in
            let store = cluster.backend.store
            _ = try await cluster.commander.apply(.chain("d", ("a", "step")), source: "test")
            _ = try await store.set(DagState(isPaused: true), of: "d", expectedRevision: 1)
            try await cluster.join("w")
            try await cluster.run(.chain("other", ("a", "step")), id: "other")
            _ = try await cluster.commander.run(dagId: "d", id: "run")
            try await cluster.backend.wait(for: "other", toBe: [.success])
            #expect(try await store.instance(id: "run")?.status == .`init`)
            _ = try await store.set(DagState(), of: "d", expectedRevision: 2)
            await cluster.backend.keeper.signal([.commands])
            try await cluster.backend.wait(for: "run", toBe: [.success])
        }
    }

    @Test("a pause holds for what is submitted right after it")
    func pausedJustBefore() async throws {
        try await withCluster { cluster in
            _ = try cluster.start("w", poll: .seconds(60))
            try await cluster.run(.chain("d", ("a", "step")), id: "first")
            try await cluster.backend.wait(for: "first", toBe: [.success])
            _ = try await cluster.commander.setPaused(true, dag: "d")
            _ = try await cluster.commander.run(dagId: "d", id: "held")
            try await cluster.run(.chain("other", ("a", "step")), id: "other")
            try await cluster.backend.wait(for: "other", toBe: [.success])
            #expect(try await cluster.backend.store.instance(id: "held")?.status == .`init`)
            _ = try await cluster.commander.setPaused(false, dag: "d")
            try await cluster.backend.wait(for: "held", toBe: [.success])
        }
    }

    @Test("where only one run may be under way, others wait, or are skipped", arguments: [Dag.Overlap.wait, .skip])
    func overlap(_ overlap: Dag.Overlap) async throws {
        try await withCluster { cluster in
            try await cluster.join("w")
            var dag = Dag.chain("d", ("a", "wait"))
            dag.overlap = overlap
            try await cluster.run(dag, id: "first")
            try await cluster.actions.wait(forStartOf: "a")
            _ = try await cluster.commander.run(dagId: "d", id: "second")
            if overlap == .skip {
                #expect(try await cluster.backend.wait(for: "second", toBe: [.canceled]).reason.contains("overlap: skip"))
            }
            try await cluster.run(.chain("other", ("b", "step")), id: "other")
            try await cluster.backend.wait(for: "other", toBe: [.success])
            #expect(cluster.actions.journal.value.starts(of: "a").count == 1)
            cluster.actions.open("a")
            try await cluster.backend.wait(for: "first", toBe: [.success])
            if overlap == .wait { try await cluster.backend.wait(for: "second", toBe: [.success]) }
        }
    }

    @Test("a run goes to a node that has the labels of its DAG")
    func labels() async throws {
        try await withCluster { cluster in
            try await cluster.join("plain")
            var dag = Dag.chain("d", ("a", "step"))
            dag.worker = ["gpu": "true"]
            try await cluster.run(dag)
            try await cluster.run(.chain("other", ("b", "step")), id: "other")
            try await cluster.backend.wait(for: "other", toBe: [.success])
            #expect(try await cluster.backend.store.instance(id: "run")?.status == .`init`)
            #expect(
                DispatchPlan.whyNobody(
                    dag.requirements,
                    [DispatchPlan.Candidate(key: "w", session: "s", actions: ["step"], flows: [], capacity: 1, load: 0)])
                    == "no live node has the label gpu=true")
        }
    }

    @Test("a backlog of one DAG does not keep a run of another from being among the next")
    func fair() async throws {
        try await withCluster { cluster in
            _ = try await cluster.commander.apply(.chain("big", ("a", "wait")), source: "test")
            _ = try await cluster.commander.apply(.chain("small", ("b", "step")), source: "test")
            let now = Date(timeIntervalSince1970: 1_700_000_000)
            let dags = cluster.backend.state.value.dags
            let big = (0..<3_000).map { number in
                DagInstance(
                    id: "big-\(number)", dagId: "big", dagVersion: dags["big"]?.version ?? "",
                    createdAt: now.addingTimeInterval(Double(number) / 1_000))
            }
            _ = try await cluster.backend.store.submit(big)
            _ = try await cluster.commander.run(dagId: "small", id: "small")
            try cluster.start("w", capacity: 4)
            try await cluster.backend.wait(for: "small", toBe: [.success])
            #expect(cluster.actions.journal.value.started.count < 10)
        }
    }
}

import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Commands on runs")
struct CommandTests {
    private let author = Author(by: "ann", reason: "because", at: Date(timeIntervalSince1970: 1))

    private func send(
        _ kind: Command.Kind, _ tasks: [String] = [], to run: String = "run", id: String = UUID().uuidString, in cluster: Cluster
    ) async throws -> CommandRecord {
        _ = try await cluster.commander.send(Command(id: id, run: run, kind: kind, tasks: tasks, author: author))
        try await cluster.backend.wait(for: "\(kind) to be settled") { $0.commands[id]?.status.isSettled == true }
        return try #require(cluster.backend.state.value.commands[id])
    }

    @Test("cancelling a run stops what runs and starts nothing more; its onExit tasks run")
    func cancel() async throws {
        var dag = Dag.chain("d", ("a", "hang"), ("b", "step"))
        dag.onExit = [.init(id: "clean", actionName: "echo", params: ["output": "{{run.status}}"])]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            try await cluster.run(dag)
            try await cluster.actions.wait(forStartOf: "a")
            let record = try await send(.cancel, in: cluster)
            #expect(record.status == .done && record.result == "the run is canceled")
            let run = try await cluster.backend.wait(for: "run", toBe: [.canceled])
            #expect(run.reason == "canceled by ann: because")
            let details = try await cluster.commander.show("run")
            #expect(details.statuses == ["a": .canceled, "b": .`init`, "clean": .success])
            #expect(try details.task("clean").output == "canceled")
        }
    }

    @Test("a run that has not started is canceled without any node; one that is over refuses")
    func cancelWaiting() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            try await cluster.run(.chain("d", ("a", "nobody has this")))
            #expect(try await send(.cancel, in: cluster).status == .done)
            #expect(try await cluster.backend.wait(for: "run", toBe: [.canceled]).startedAt == nil)
            let again = try await send(.cancel, in: cluster)
            #expect(again.status == .refused && again.result == "the run is over: canceled")
            #expect(try await send(.cancel, to: "nonsense", in: cluster).status == .refused)
        }
    }

    @Test("a failed run is retried from what failed; what had succeeded does not run again")
    func retry() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [
            .init(id: "a", actionName: "step"), .init(id: "b", actionName: "flaky", dependOn: ["a"], params: ["times": 1]),
            .init(id: "c", actionName: "step", dependOn: ["b"]),
        ]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            #expect(try await cluster.finish(dag).instance.status == .failed)
            #expect(try await send(.retry, in: cluster).status == .done)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let run = try await cluster.commander.show("run")
            #expect(cluster.actions.journal.value.started.map(\.task) == ["a", "c"])
            #expect(try run.task("b").attempt == 2)
            #expect(try run.task("b").history?.attempts.map(\.reason) == ["attempt 1 failed"])
            #expect(cluster.actions.steps.value == ["b.1.run", "b.2.retryBefore", "b.2.run"])
            #expect(try await send(.retry, in: cluster).status == .refused)
            #expect(try await send(.rerun, ["b"], in: cluster).status == .done)
            try await cluster.backend.wait(for: "c to have run again") {
                $0.tasks["run/c"]?.attempt == 2 && $0.instances["run"]?.status == .success
            }
        }
    }

    @Test("a task that a preCheck blocks goes on when it is continued, and its run with it")
    func continueBlocked() async throws {
        var dag = Dag.chain("d", ("a", "step"), ("b", "step"))
        dag.vars = ["env": .init(defaultValue: "prod")]
        dag.tasks[0].preChecks = [
            PreCheck(name: "prod", conditions: [.init(source: .vars, key: "env", op: .isIn, values: ["prod"])], act: .block)
        ]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            #expect(try await cluster.finish(dag).instance.status == .blocked)
            #expect(try await send(.continue, ["b"], in: cluster).status == .refused)
            #expect(try await send(.continue, ["a"], in: cluster).status == .done)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let task = try await cluster.commander.show("run").task("a")
            #expect(task.history?.decision?.author.by == "ann" && task.history?.decision?.isApproved == true)
        }
    }

    @Test("a paused run finishes what is under way, starts nothing, and goes on when it is resumed")
    func pause() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            try await cluster.run(.chain("d", ("a", "wait"), ("b", "step")))
            try await cluster.actions.wait(forStartOf: "a")
            #expect(try await send(.pause, in: cluster).status == .done)
            cluster.actions.open("a")
            try await cluster.backend.wait(for: "run", toBe: [.parked])
            #expect(cluster.backend.state.value.tasks["run/a"]?.status == .success)
            #expect(cluster.actions.journal.value.starts(of: "b").isEmpty)
            #expect(try await send(.resume, in: cluster).status == .done)
            try await cluster.backend.wait(for: "run", toBe: [.success])
        }
    }

    @Test("a command that is given while its owner dies is applied by the next owner, once")
    func deadOwner() async throws {
        try await withCluster { cluster in
            let first = try await cluster.join("w1", ttl: .milliseconds(600))
            try await cluster.run(.chain("d", ("a", "hang"), ("b", "step")))
            try await cluster.actions.wait(forStartOf: "a")
            first.faults.cut()
            async let record = send(.cancel, ["a"], id: "c1", in: cluster)
            try await cluster.join("w2", ttl: .milliseconds(600))
            #expect(try await record.status == .done)
            let run = try await cluster.backend.wait(for: "run", toBe: [.canceled])
            #expect(run.control?.applied == ["c1"])
            #expect(cluster.backend.state.value.tasks["run/a"]?.reason == "canceled by ann: because")
        }
    }

    @Test("a run in which only a wait is left has no owner meanwhile, and goes on when its time has come")
    func parked() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "a", actionName: "nap"), .init(id: "b", actionName: "step", dependOn: ["a"])]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            try await cluster.run(dag)
            let parked = try await cluster.backend.wait(for: "run", toBe: [.parked])
            #expect(parked.session == nil && parked.wakeAt != nil)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.backend.state.value.tasks["run/a"]?.attempt == 1)
        }
    }

    @Test("a task with labels that its run's owner lacks runs where they are, and hands back what it left")
    func elsewhere() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [
            .init(id: "a", actionName: "step"),
            .init(id: "b", actionName: "echo", dependOn: ["a"], params: ["output": "{{run.id}}", "share": ["k": "v"], "lines": ["hello"]]),
            .init(id: "c", actionName: "echo", dependOn: ["b"], params: ["output": "{{tasks.b.output}} {{shareData.k}}"]),
        ]
        dag.tasks[1].worker = ["gpu": "true"]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            try await cluster.run(dag)
            try await cluster.backend.wait(for: "b to wait for a node") { $0.tasks["run/b"]?.status == .parked }
            #expect(cluster.actions.journal.value.starts(of: "b").isEmpty)
            try cluster.start("w2", labels: ["gpu": "true"])
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.starts(of: "b").map(\.worker) == ["w2"])
            #expect(try await cluster.commander.show("run").task("c").output == "run v")
            #expect(try await cluster.commander.traces("run", taskId: "b").flatMap(\.lines).map(\.message) == ["hello"])
            #expect(try #require(cluster.actions.journal.value.starts(of: "b").first).run == "run")
        }
    }
}

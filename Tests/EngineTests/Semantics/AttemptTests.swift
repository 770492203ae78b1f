import Engine
import TestSupport
import Testing
import Workflow

@Suite("Attempts on a node")
struct AttemptTests {
    private func policy(_ limit: Int, on: [String]? = nil) -> RetryPolicy {
        RetryPolicy(limit: limit, backoff: .init(initial: 0.01, factor: 1, max: 0.01, jitter: 0), on: on)
    }

    @Test("a failed attempt is followed by others, after retryBefore, until one succeeds; all are kept with their reasons")
    func retries() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "a", actionName: "flaky", params: ["times": 2]), .init(id: "b", actionName: "step", dependOn: ["a"])]
        dag.retry = policy(3)
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .success)
            let task = try run.task("a")
            #expect(task.attempt == 3 && task.status == .success)
            #expect(task.history?.attempts.map(\.attempt) == [1, 2])
            #expect(task.history?.attempts.map(\.reason) == ["attempt 1 failed", "attempt 2 failed"])
            #expect(task.history?.attempts.allSatisfy { $0.worker == "w1" && $0.startedAt != nil && $0.endedAt != nil } == true)
            #expect(cluster.actions.steps.value == ["a.1.run", "a.2.retryBefore", "a.2.run", "a.3.retryBefore", "a.3.run"])
        }
    }

    @Test("an action that says so is not retried, and what is not among `on` is not either")
    func noRetry() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [
            .init(id: "never", actionName: "flaky", params: ["times": 9, "advice": "never"]),
            .init(id: "other", actionName: "flaky", params: ["times": 9]),
        ]
        dag.tasks[0].retry = policy(5)
        dag.tasks[1].retry = policy(5, on: ["timeout", "connection refused"])
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(run.tasks.allSatisfy { $0.attempt == 1 && $0.status == .failed })
        }
    }

    @Test(
        "runBefore, run and runAfter are called in order; what run did is durable before runAfter, which alone is called after the worker was lost"
    )
    func hooks() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "gated", actionName: "hooked"), .init(id: "b", actionName: "step", dependOn: ["gated"])]
        try await withCluster { [dag] cluster in
            let first = try await cluster.join("w1", ttl: .milliseconds(600))
            try await cluster.run(dag)
            try await cluster.backend.wait(for: "ending") { $0.tasks["run/gated"]?.status == .ending }
            try await cluster.actions.steps.wait(for: "runAfter") { $0.contains("gated.1.after") }
            #expect(cluster.backend.state.value.tasks["run/gated"]?.output == "done")
            try await cluster.join("w2", ttl: .milliseconds(600))
            first.faults.cut()
            try await cluster.actions.steps.wait(for: "runAfter again") { $0.filter { $0 == "gated.1.after" }.count == 2 }
            cluster.actions.open("gated")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            let run = try await cluster.commander.show("run")
            #expect(try run.task("gated").output == "done")
            #expect(run.instance.shareData == ["ran": "yes"])
            #expect(cluster.actions.steps.value == ["gated.1.before", "gated.1.run", "gated.1.after", "gated.1.after"])
        }
    }

    @Test("a runAfter that fails fails its task")
    func failingAfter() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "a", actionName: "hooked", params: ["failsAfter": true])]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(try run.task("a").status == .failed && run.task("a").reason == "after went wrong")
        }
    }

    @Test("a fan-out runs its items, at most maxParallel at once, and hands their outputs on as a list")
    func fanOut() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [
            .init(id: "load", actionName: "echo", params: ["output": "{{index}}:{{item.name}}"]),
            .init(
                id: "sum", actionName: "echo", dependOn: ["load"], params: ["output": "{{tasks.load.output[1]}} of {{tasks.load.output}}"]),
        ]
        dag.tasks[0].forEach = ForEach(items: [["name": "a"], ["name": "b"], ["name": "c"]], maxParallel: 2)
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .success)
            #expect(try run.task("load").output == ["0:a", "1:b", "2:c"])
            #expect(try run.task("sum").output == #"1:b of ["0:a","1:b","2:c"]"#)
            #expect(cluster.backend.state.value.tasks["run/load[2]"]?.status == .success)
        }
    }

    @Test("tasks at the end run however the run ends, and know how it did")
    func onExit() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "a", actionName: "fail"), .init(id: "b", actionName: "step", dependOn: ["a"])]
        dag.onExit = [.init(id: "tell", actionName: "echo", params: ["output": "{{run.status}}: {{run.reason}}"])]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(try run.task("tell").output == "failed: task 'a' failed")
            #expect(try run.task("b").status == .`init`)
        }
    }

    @Test("an attempt over its time fails, and is retried if the policy says so")
    func attemptLimit() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [.init(id: "a", actionName: "hang", timeoutSecs: 1)]
        dag.tasks[0].retry = policy(1, on: ["timeout"])
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let task = try await cluster.finish(dag).task("a")
            #expect(task.status == .failed && task.attempt == 2 && task.reason == "took longer than its timeout of 1 s")
            #expect(task.history?.attempts.map(\.reason) == ["took longer than its timeout of 1 s"])
        }
    }

    @Test("a run over its time fails, and what runs is canceled")
    func runLimit() async throws {
        var dag = Dag.chain("d", ("a", "hang"), ("b", "step"))
        dag.timeoutSecs = 1
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed && run.instance.reason == "the run took longer than 1 s")
            #expect(run.statuses == ["a": .canceled, "b": .`init`])
        }
    }

    @Test("who listens hears of runs and tasks; who listens slowly slows nobody")
    func events() async throws {
        let node = Watched<[NodeEvent]>([])
        try await withCluster { cluster in
            let one = try cluster.start("w1")
            let slow = one.events()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let stream = one.events()
                group.addTask { for await event in stream { node.change { $0.append(event) } } }
                _ = try await cluster.finish(.chain("d", ("a", "step"), ("b", "fail")))
                try await node.wait(for: "the end") { events in
                    events.contains { if case .run(let run) = $0 { run.stage == .ended(.failed) } else { false } }
                }
                group.cancelAll()
            }
            _ = slow
            let events = node.value
            #expect(events.contains(.taskBegan(run: "run", task: "a", attempt: 1)))
            #expect(events.contains(.taskChanged(run: "run", task: "b", attempt: 1, status: .failed, reason: "it went wrong")))
            #expect(events.contains { if case .leaderChanged(true, _) = $0 { true } else { false } })
        }
    }
}

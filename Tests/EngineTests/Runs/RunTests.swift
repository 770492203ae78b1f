import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("A run on a node")
struct RunTests {
    @Test("a chain runs to success, in order, with one document write for each task that is quick")
    func chain() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(.chain("d", ("a", "step"), ("b", "step"), ("c", "step")))
            #expect(run.instance.status == .success)
            #expect(run.instance.session == nil && run.instance.worker == "w1")
            #expect(cluster.actions.journal.value.started.map(\.task) == ["a", "b", "c"])
            for task in run.tasks {
                #expect(task.status == .success && task.attempt == 1 && task.worker == "w1")
                let writes = cluster.backend.state.value.history.filter { $0.task?.id == task.id }
                // Only a task that outlived a flush may have said that it runs.
                let time = try #require(task.endedAt).timeIntervalSince(try #require(task.startedAt))
                if time < 0.09 { #expect(writes == [.insertedTask(task)]) }
            }
        }
    }

    @Test("outputs, share data and vars flow into later tasks")
    func templates() async throws {
        var dag = Dag(id: "d", vars: ["day": .init(defaultValue: "monday")])
        dag.tasks = [
            .init(id: "a", actionName: "echo", params: ["output": "{{vars.day}}", "share": ["k": "v"]]),
            .init(id: "b", actionName: "echo", dependOn: ["a"], params: ["output": "{{tasks.a.output}} {{shareData.k}} {{run.id}}"]),
        ]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag, vars: ["day": "friday"])
            #expect(try run.task("b").output == "friday v run")
            #expect(run.instance.shareData == ["k": "v"])
            #expect(run.instance.vars == ["day": "friday"])
        }
    }

    @Test("share data of tasks that run side by side is folded; of one key the later end wins")
    func shareData() async throws {
        var dag = Dag(id: "d")
        dag.tasks = [
            .init(id: "a", actionName: "echo", params: ["share": ["x": "1", "both": "a"]]),
            .init(id: "b", actionName: "echo", params: ["share": ["y": "2"]]),
            .init(id: "c", actionName: "echo", dependOn: ["a", "b"], params: ["share": ["both": "c"], "output": "{{shareData.both}}"]),
        ]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.shareData == ["x": "1", "y": "2", "both": "c"])
            #expect(try run.task("c").output == "a")
        }
    }

    @Test("a failure ends the run as failed, and branches that do not depend on it go on")
    func failure() async throws {
        var dag = Dag.chain("d", ("good", "step"), ("better", "step"))
        dag.tasks += [.init(id: "bad", actionName: "fail"), .init(id: "after", actionName: "step", dependOn: ["bad"])]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(run.instance.reason == "task 'bad' failed")
            #expect(run.statuses == ["good": .success, "better": .success, "bad": .failed, "after": .`init`])
            #expect(try run.task("bad").reason == "it went wrong")
        }
    }

    @Test("preChecks skip and block; a blocked run is owned by nobody", arguments: [PreCheck.Act.skip, .block])
    func preChecks(act: PreCheck.Act) async throws {
        let check = PreCheck(name: "weekend", conditions: [.init(source: .vars, key: "day", op: .isIn, values: ["sunday"])], act: act)
        var dag = Dag(id: "d", vars: ["day": .init(defaultValue: "sunday")])
        dag.tasks = [
            .init(id: "a", actionName: "step", preChecks: [check]), .init(id: "b", actionName: "step", dependOn: ["a"]),
        ]
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == (act == .skip ? .success : .blocked))
            #expect(run.instance.session == nil)
            #expect(run.statuses == (act == .skip ? ["a": .skipped, "b": .success] : ["a": .blocked, "b": .`init`]))
            #expect(try run.task("a").reason == "preCheck 'weekend' holds")
        }
    }

    @Test("a task that takes longer than its timeout is cancelled and fails with the time in its reason")
    func timeout() async throws {
        let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "hang", timeoutSecs: 1)])
        try await withCluster { cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(try run.task("a").reason == "took longer than its timeout of 1 s")
            #expect(cluster.actions.journal.value.events.contains { if case .cancelled = $0 { true } else { false } })
        }
    }

    @Test("parameters that do not fit the action fail the task with the parameter's path")
    func wrongParameters() async throws {
        let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["share": ["k": [1, 2]]])])
        try await withCluster { cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(try run.task("a").status == .failed)
            #expect(try run.task("a").reason.contains("params.share.k"))
            #expect(cluster.actions.journal.value.events.isEmpty)
        }
    }

    @Test("an output above 1 MiB fails its task with both sizes")
    func largeOutput() async throws {
        let dag = Dag(
            id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["output": .string(String(repeating: "x", count: 1 << 20))])])
        try await withCluster { cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(try run.task("a").reason.contains("more than the 1048576 allowed"))
        }
    }

    @Test("a result that the store refuses fails its task, and no other")
    func refusedDocument() async throws {
        var dag = Dag(
            id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["output": .string(String(repeating: "x", count: 20_000))])])
        dag.tasks.append(.init(id: "b", actionName: "step"))
        try await withCluster(MemoryBackend(documentLimit: 10_000)) { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed)
            #expect(run.statuses == ["a": .failed, "b": .success])
            #expect(try run.task("a").reason == "its result cannot be stored: the document is too large")
            #expect(cluster.actions.journal.value.starts(of: "a").count == 1)
        }
    }

    @Test("trace lines are durable when the run is over, in order, by attempt")
    func traces() async throws {
        let lines = (0..<50).map { "line \($0)" }
        let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["lines": .array(lines.map { .string($0) })])])
        try await withCluster { cluster in
            try cluster.start("w1")
            _ = try await cluster.finish(dag)
            let chunks = try await cluster.commander.traces("run", taskId: "a")
            #expect(chunks.flatMap(\.lines).map(\.message) == lines)
            #expect(chunks.allSatisfy { $0.attempt == 1 && $0.epoch == 1 && $0.worker == "w1" })
        }
    }

    @Test("many runs on two nodes all end, each task once, and both nodes own some")
    func manyRuns() async throws {
        var dag = Dag.chain("d", ("a", "step"), ("b", "step"))
        dag.tasks += [.init(id: "c", actionName: "step", dependOn: ["a"]), .init(id: "d", actionName: "step", dependOn: ["b", "c"])]
        try await withCluster { [dag] cluster in
            try await cluster.join("w1")
            try await cluster.join("w2")
            _ = try await cluster.commander.apply(dag, source: "test")
            for number in 0..<200 { _ = try await cluster.commander.run(dagId: "d", id: "run-\(number)") }
            try await cluster.backend.wait(for: "all runs") { $0.instances.values.allSatisfy { $0.status == .success } }
            let started = cluster.actions.journal.value.started
            #expect(started.count == 800)
            #expect(Set(started).count == 800)
            #expect(Set(cluster.backend.state.value.instances.values.compactMap(\.worker)) == ["w1", "w2"])
        }
    }

    @Test("no more tasks run at once than the node has places")
    func places() async throws {
        let dag = Dag(id: "d", tasks: (0..<6).map { .init(id: "t\($0)", actionName: "wait") })
        try await withCluster { cluster in
            try cluster.start("w1", concurrentTasks: 2)
            try await cluster.run(dag)
            for number in 1...6 {
                try await cluster.actions.journal.wait(for: "\(number) starts") { $0.started.count >= min(number + 1, 6) }
                let journal = cluster.actions.journal.value
                #expect(journal.started.count - journal.ended.count <= 2)
                let running = try #require(journal.started.map(\.task).first { !journal.ended.map(\.task).contains($0) })
                cluster.actions.open(running)
                try await cluster.actions.journal.wait(for: "\(running) to end") { $0.ended.contains { $0.task == running } }
            }
            try await cluster.backend.wait(for: "run", toBe: [.success])
        }
    }
}

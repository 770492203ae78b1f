import Testing
import Workflow

@Suite("A run's machine")
struct InstanceMachineTests {
    private func task(_ id: String, _ parents: [String] = [], params: [String: Value] = [:], checks: [PreCheck] = []) -> Dag.Task {
        Dag.Task(id: id, actionName: "a", dependOn: parents, params: params, preChecks: checks)
    }

    private func check(_ act: PreCheck.Act) -> PreCheck {
        PreCheck(name: "c", conditions: [.init(source: .vars, key: "day", op: .isIn, values: ["sunday"])], act: act)
    }

    @Test("a child starts only when its parent's record is durable")
    func waitsForRecord() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"])]))
        run.begin()
        run.startTask()
        run.endTask()
        #expect(run.startable.isEmpty)
        run.writeTask(0)
        #expect(run.startable == [1])
    }

    @Test("an acknowledgement of the running record does not count as one of the end")
    func staleAcknowledgement() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"])]))
        run.begin()
        run.startTask()
        #expect(run.waiting.isEmpty, "a task that has just begun is not worth a write")
        run.watched.removeAll { $0 == .runOutlasts }
        run.outlast()
        let begun = try #require(run.waiting[0])
        #expect(begun.task.status == .running)
        run.endTask()
        run.send(.taskRecorded(0, begun.task.version))
        #expect(run.startable.isEmpty)
        run.writeTask(0)
        #expect(run.startable == [1])
    }

    @Test("a task that ends before a flush is written once, as one insert of its final state")
    func oneInsert() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")]))
        run.begin()
        run.startTask()
        run.endTask()
        #expect(run.waiting.count == 1)
        let end = try #require(run.waiting[0])
        #expect(end.isFirst)
        #expect(end.task.status == .success)
        run.finish()
        #expect(run.released == [.success])
    }

    @Test("`running` is written only of an attempt that is still at work when its time comes, and of a run that is still under way")
    func outlasting() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b")]))
        run.begin()
        #expect(run.watched == [.runOutlasts])
        run.startTask()
        run.startTask()
        run.endTask()
        run.writeTask(0)
        for _ in 0..<3 { run.outlast() }
        #expect(run.waiting.mapValues(\.task.status) == [1: .running] && run.waitingInstance?.status == .running)
        run.send(.taskOutlasts(1, attempt: 7))
        run.finish()
        let version = run.instance.version
        run.send(.runOutlasts)
        #expect(run.released == [.success] && run.waitingInstance == nil && run.instance.version == version)
    }

    @Test("what an attempt notes in the share data outlives its worker: a later attempt finds it, and its own records keep it")
    func noting() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")])) { _ in
            TaskOutcome(.success, shareData: [ShareDataEdit(key: "end", value: "here")])
        }
        run.begin()
        run.startTask()
        run.send(.taskNoted(0, [ShareDataEdit(key: "position", value: "1")], attempt: 1))
        run.send(.taskNoted(0, [ShareDataEdit(key: "position", value: "2")], attempt: 1))
        run.send(.taskNoted(0, [ShareDataEdit(key: "position", value: "stale")], attempt: 7))
        #expect(run.waiting[0]?.task.status == .running)
        run.writeTask(0)
        try run.changeOwner()
        #expect(run.machine.shareData == ["position": "2"])
        while run.startable.isEmpty, !run.waiting.isEmpty || run.waitingInstance != nil {
            run.writeTask(0)
            run.writeInstance()
        }
        run.startTask()
        while !run.watched.isEmpty { run.outlast() }
        #expect((run.waiting[0]?.task ?? run.documents["run/a"])?.shareData.map(\.value) == ["2"])
        run.finish()
        #expect(run.released == [.success] && run.instance.shareData == ["position": "2", "end": "here"])
    }

    @Test("a failure ends the run as failed, after the branches that do not depend on it")
    func failure() throws {
        let dag = Dag(id: "d", tasks: [task("bad"), task("after", ["bad"]), task("good"), task("better", ["good"])])
        var run = try MachineRun(dag) { $0 == "bad" ? TaskOutcome(.failed(reason: "no")) : TaskOutcome(.success) }
        run.begin()
        run.finish()
        #expect(run.released == [.failed])
        #expect(run.instance.reason == "task 'bad' failed")
        #expect(run.instance.endedAt != nil)
        #expect(run.counting.mapValues(\.status) == ["bad": .failed, "good": .success, "better": .success])
        #expect(run.counting["bad"]?.reason == "no")
    }

    @Test("a preCheck that holds skips its task, and the children go on")
    func skip() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a", checks: [check(.skip)]), task("b", ["a"])]), vars: ["day": "sunday"])
        run.begin()
        #expect(run.startable.isEmpty)
        run.finish()
        #expect(run.released == [.success])
        #expect(run.counting.mapValues(\.status) == ["a": .skipped, "b": .success])
        #expect(run.attempts == ["b": 1])
    }

    @Test("a preCheck that holds blocks its task; the run ends blocked, owned by nobody, when the rest is done")
    func block() throws {
        let dag = Dag(id: "d", tasks: [task("a", checks: [check(.block)]), task("b", ["a"]), task("c")])
        var run = try MachineRun(dag, vars: ["day": "sunday"])
        run.begin()
        run.finish()
        #expect(run.released == [.blocked])
        #expect(run.instance.session == nil)
        #expect(run.instance.endedAt == nil)
        #expect(run.counting.mapValues(\.status) == ["a": .blocked, "c": .success])
    }

    @Test("parameters are rendered from vars, share data and outputs when the task starts; a wrong name fails the task")
    func templates() throws {
        let dag = Dag(
            id: "d",
            tasks: [
                task("a"), task("b", ["a"], params: ["x": "{{vars.day}} {{shareData.k}} {{tasks.a.output.rows}}"]),
                task("c", params: ["x": "{{vars.nope}}"]),
            ])
        var run = try MachineRun(dag, vars: ["day": "monday"]) { _ in
            TaskOutcome(.success, output: ["rows": 3], shareData: [ShareDataEdit(key: "k", value: "v")])
        }
        run.begin()
        run.finish()
        #expect(run.counting["b"]?.params == ["x": "monday v 3"])
        #expect(run.counting["c"]?.status == .failed)
        #expect(run.counting["c"]?.reason.contains("nope") == true)
        #expect(run.attempts["c"] == nil)
    }

    @Test("nobody sees outputs and share data that are not durable yet")
    func notYetDurable() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b")])) {
            TaskOutcome(.success, output: .string($0), shareData: [ShareDataEdit(key: $0, value: "1")])
        }
        run.begin()
        run.startTask()
        run.endTask()
        #expect(run.machine.outputs.isEmpty && run.machine.shareData.isEmpty)
        run.writeTask(0)
        #expect(run.machine.outputs == ["a": "a"])
        #expect(run.machine.shareData == ["a": "1"])
    }

    @Test("changes of one key of share data count in the order of the tasks' ends, not of their acknowledgements")
    func shareDataOrder() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b")])) {
            TaskOutcome(.success, shareData: [ShareDataEdit(key: "k", value: $0)])
        }
        run.begin()
        run.startTask()
        run.startTask()
        run.endTask()
        run.endTask()
        run.writeTask(1)
        run.writeTask(0)
        run.finish()
        #expect(run.instance.shareData == ["k": "b"])
    }

    @Test("a result that the store refuses fails its task, and leaves nothing of it behind")
    func refusedTask() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"])])) { _ in
            TaskOutcome(.success, output: "large", shareData: [ShareDataEdit(key: "k", value: "v")])
        }
        run.begin()
        run.startTask()
        run.endTask()
        let first = try #require(run.waiting[0]).task
        run.waiting[0] = nil
        run.send(.taskRefused(0, first.version, reason: "too large"))
        let second = try #require(run.waiting[0]).task
        #expect(second.status == .failed && second.output == nil && second.params.isEmpty)
        run.finish()
        #expect(run.released == [.failed])
        #expect(run.counting["a"]?.reason == "its result cannot be stored: too large")
        #expect(run.instance.shareData.isEmpty)
        #expect(run.attempts["b"] == nil)
    }

    @Test("a task of which not even the failure can be stored fails its run, which says why; the others go on")
    func refusedTwice() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"]), task("c")]))
        run.begin()
        run.startTask()
        run.endTask()
        for _ in 0..<2 {
            let record = try #require(run.waiting[0]).task
            run.waiting[0] = nil
            run.send(.taskRefused(0, record.version, reason: "not to be had"))
        }
        #expect(run.waiting[0] == nil)
        run.finish()
        #expect(run.released == [.failed])
        #expect(run.instance.reason == "task 'a' failed: its result cannot be stored: not to be had")
        #expect(run.attempts == ["a": 1, "c": 1])
        #expect(run.counting["c"]?.status == .success)
    }

    @Test("a run whose sum the store refuses ends as failed without it")
    func refusedInstance() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")])) { _ in
            TaskOutcome(.success, shareData: [ShareDataEdit(key: "k", value: "v")])
        }
        run.begin()
        run.startTask()
        run.endTask()
        run.writeTask(0)
        run.waitingInstance = nil
        run.send(.instanceRefused(run.machine.instance.version, reason: "too large"))
        run.finish()
        #expect(run.released == [.failed])
        #expect(run.instance.reason == "the run cannot be stored: too large")
    }

    @Test("a run with a task whose end nobody could store is not handed back: the next owner would run it again")
    func notHandedBack() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b")]))
        run.begin()
        run.startTask()
        run.send(.handBack)
        run.endTask()
        for _ in 0..<2 {
            let end = try #require(run.waiting[0])
            run.send(.taskRefused(0, end.task.version, reason: "too large"))
        }
        run.send(.taskAbandoned(1))
        run.finish()
        #expect(run.released == [.failed])
        #expect(run.instance.reason.contains("cannot be stored"))
    }

    @Test("a refusal of an older record of the run is not taken for one of its last")
    func staleRefusal() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")]))
        run.begin()
        run.startTask()
        run.endTask()
        run.writeTask(0)
        let last = run.machine.instance
        run.send(.instanceRefused(RecordVersion(rawValue: last.version.rawValue - 1), reason: "too large"))
        #expect(run.machine.instance == last)
    }

    @Test("a DAG without tasks is a success")
    func noTasks() throws {
        var run = try MachineRun(Dag(id: "d"))
        run.begin()
        run.finish()
        #expect(run.released == [.success])
    }

    @Test("a hand-back lets what runs end, starts nothing, and gives the run back as init")
    func handBack() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"]), task("c")]))
        run.begin()
        run.startTask()
        run.send(.handBack)
        let queued = run.startable.removeFirst()
        run.send(.taskAbandoned(queued))
        #expect(run.released.isEmpty)
        run.endTask()
        run.finish()
        #expect(run.released == [.`init`])
        #expect(run.instance.session == nil && run.instance.worker == nil)
        #expect(run.counting.mapValues(\.status) == ["a": .success])
        #expect(run.attempts["b"] == nil)
    }

    @Test("an attempt that was given up before word of the stop arrived never makes the run look done")
    func abandonedFirst() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")]))
        run.begin()
        run.send(.taskAbandoned(run.startable.removeFirst()))
        run.send(.handBack)
        run.finish()
        #expect(run.released == [.`init`])
        #expect(run.counting.isEmpty)
    }

    @Test("a run that had nothing left to do when it was told to hand back just ends")
    func handBackAtTheEnd() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")]))
        run.begin()
        run.startTask()
        run.send(.handBack)
        run.finish()
        #expect(run.released == [.success])
    }

    @Test("a new owner leaves what is finished, and counts what was running as a lost attempt")
    func adoption() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a"), task("b", ["a"]), task("c", ["b"])])) {
            TaskOutcome(.success, output: .string($0))
        }
        run.begin()
        run.startTask()
        run.endTask()
        run.writeTask(0)
        run.startTask()
        run.watched.removeAll { $0 == .runOutlasts }
        run.outlast(1)
        run.writeTask(1)
        try run.changeOwner()
        #expect(run.startable == [1])
        run.finish()
        #expect(run.released == [.success])
        #expect(run.counting.mapValues(\.attempt) == ["a": 1, "b": 2, "c": 1])
        #expect(run.counting.values.allSatisfy { $0.version.epoch == 2 })
        #expect(run.attempts == ["a": 1, "b": 2, "c": 1])
    }

    @Test("events that no longer matter change nothing")
    func strayEvents() throws {
        var run = try MachineRun(Dag(id: "d", tasks: [task("a")]))
        run.begin()
        run.finish()
        let end = run.instance
        for event: InstanceMachine.Event in [
            .begin, .taskStarted(0), .taskEnded(0, TaskOutcome(.success)), .taskAbandoned(0), .taskRecorded(0, .zero),
            .taskRefused(0, .zero, reason: ""), .instanceRecorded(end.version), .instanceRefused(end.version, reason: ""),
            .handBack,
        ] { run.send(event) }
        #expect(run.released == [.success])
        #expect(run.waiting.isEmpty && run.waitingInstance == nil && run.startable.isEmpty)
    }
}

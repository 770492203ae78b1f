import Testing
import Workflow

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Why a run waits")
struct WhyTests {
    private static let soon = Samples.now + 60
    private static let ada = Author(by: "ada@desk", reason: "wrong month", at: Samples.now)
    private static let node = LiveNode(key: "w1", actions: ["print", "shell"], labels: ["gpu": "true"], capacity: 2)

    private func dag(_ change: (inout Dag) -> Void = { _ in }) -> Dag {
        var dag = Dag(
            id: "d",
            tasks: [
                Dag.Task(id: "a", actionName: "print"), Dag.Task(id: "b", actionName: "print", dependOn: ["a"]),
                Dag.Task(id: "c", actionName: "print", dependOn: ["b"]),
            ])
        change(&dag)
        return dag
    }

    private func picture(_ status: DagInstanceStatus, _ dag: Dag?, _ documents: [TaskInstance] = []) -> RunPicture {
        RunPicture(
            instance: DagInstance(
                id: "r", dagId: "d", dagVersion: "v", status: status, worker: status.isOwned ? "w1" : nil,
                session: status.isOwned ? "s" : nil,
                createdAt: Samples.now, startedAt: status == .`init` ? nil : Samples.now),
            dag: dag, documents: documents, nodes: [Self.node])
    }

    private func explained(_ picture: RunPicture, _ task: String) -> [WaitReason]? {
        RunExplanation(picture).tasks.first { $0.id == task }?.reasons
    }

    // MARK: Runs

    @Test("a run that has not started waits for a node, a room, its DAG or the leader, each said by itself")
    func notStarted() {
        var run = picture(.`init`, dag())
        #expect(RunExplanation(run).run == [.dispatch])
        run.hasLeader = false
        #expect(RunExplanation(run).run == [.noLeader])
        run.nodes[0].load = 2
        #expect(RunExplanation(run).run == [.noNode(.full)])
        run.nodes[0].isDraining = true
        #expect(RunExplanation(run).run == [.noNode(.allDraining)])
        run.nodes = []
        #expect(RunExplanation(run).run == [.noNode(.noNodes)])
        run.nodes = [LiveNode(key: "w1", actions: ["shell"])]
        #expect(RunExplanation(run).run == [.noNode(.actions(["print"]))])
        run.instance.wakeAt = Self.soon
        #expect(RunExplanation(run).run == [.noNode(.actions(["print"])), .startLimit(Self.soon)])
        run.isDagPaused = true
        #expect(RunExplanation(run).run.first == .dagPaused("d"))
        #expect(RunExplanation(picture(.`init`, nil)).run == [.noDefinition])
    }

    @Test("labels, flows and things that only different nodes offer are told apart")
    func shortage() {
        let nodes = [Self.node, LiveNode(key: "w2", actions: ["kisflow"], flows: ["f"])]
        let cases: [(DagRequirements, NodeShortage?)] = [
            (DagRequirements(actions: ["print"], labels: ["gpu": "true"]), nil),
            (DagRequirements(labels: ["gpu": "false"]), .labels(["gpu": "false"])),
            (DagRequirements(actions: ["kisflow"], flows: ["g"]), .flows(["g"])),
            (DagRequirements(actions: ["print", "kisflow"]), .together),
            (DagRequirements(actions: ["kisflow"], labels: ["gpu": "true"]), .together),
        ]
        for (needs, shortage) in cases { #expect(needs.shortage(among: nodes) == shortage) }
    }

    @Test("the limit of runs counts for runs that have not started, not for one that is handed back")
    func runLimit() {
        var run = picture(.`init`, dag { $0.maxConcurrentRuns = 3 })
        run.runsUnderWay = 3
        #expect(RunExplanation(run).run == [.runLimit(3)])
        run.runsUnderWay = 2
        #expect(RunExplanation(run).run == [.dispatch])
        (run.runsUnderWay, run.instance.startedAt) = (3, Samples.now)
        #expect(RunExplanation(run).run == [.dispatch])
    }

    @Test("commands that are not applied, a pause and a cancel are said, whoever owns the run")
    func control() {
        var run = picture(.running, dag())
        #expect(RunExplanation(run).run == [.underWay(worker: "w1", since: Samples.now)])
        run.instance.control = RunControl(isPaused: true, cancel: Self.ada)
        run.commands = [CommandRecord(Command(id: "1", run: "r", kind: .retry, author: Self.ada))]
        #expect(
            RunExplanation(run).run.prefix(3) == [
                .waitingForCommand(.retry, by: "ada@desk"), .canceling(by: "ada@desk", reason: "wrong month"), .runPaused,
            ])
        run.ownerIsAlive = false
        #expect(RunExplanation(run).run.last == .nodeLost(worker: "w1"))
        #expect(RunExplanation(picture(.scheduled, dag())).run == [.assigned(worker: "w1")])
        // What its node has written of it tells that it is under way, before its own document does.
        var taken = picture(.scheduled, dag(), [Samples.task("a", .success)])
        taken.documents[0].worker = "w1"
        taken.documents[0].version = taken.instance.version
        #expect(RunExplanation(taken).run == [.underWay(worker: "w1", since: Samples.now)])
        #expect(explained(taken, "b") == [.ready])
        run.instance.status = .failed
        #expect(RunExplanation(run).run == [.waitingForCommand(.retry, by: "ada@desk")])
    }

    // MARK: Tasks

    @Test("a task waits for those of its parents that are not over")
    func parents() {
        let run = picture(.running, dag(), [Samples.task("a", .running)])
        let tasks = RunExplanation(run).tasks
        #expect(tasks.map(\.id) == ["a", "b", "c"])
        #expect(tasks[0].reasons == [.underWay(worker: "worker-1", since: Samples.now - 4)])
        #expect(tasks[1].reasons == [.parents(["a"])])
        #expect(tasks[2].reasons == [.parents(["b"])])
    }

    @Test("what stands below a failure names the task that it comes from, and a retry makes it wait again")
    func unreachable() {
        var run = picture(.failed, dag(), [Samples.task("a", .failed)])
        #expect(explained(run, "b") == [.unreachable(because: "a")])
        #expect(explained(run, "c") == [.unreachable(because: "a")])
        run.instance.status = .`init`
        run.instance.control = RunControl(marks: ["a": TaskMark(attempt: 1, act: .reset, author: Self.ada)])
        #expect(explained(run, "a") == [.runAgain(by: "ada@desk")])
        #expect(explained(run, "b") == [.parents(["a"])])
        // A later attempt supersedes the mark.
        run.documents = [Samples.task("a", .failed, attempt: 2)]
        #expect(explained(run, "b") == [.unreachable(because: "a")])
    }

    @Test("times, decisions, other runs and places have reasons of their own")
    func started() {
        func reasons(_ status: TaskInstanceStatus, _ change: (inout TaskInstance) -> Void) -> [WaitReason]? {
            var task = Samples.task("a", status, reason: "boom")
            task.wakeAt = Self.soon
            change(&task)
            return explained(picture(.running, dag(), [task]), "a")
        }
        #expect(reasons(.retrying) { _ in } == [.retryAt(Self.soon, reason: "boom")])
        #expect(reasons(.parked) { _ in } == [.parkedUntil(Self.soon)])
        #expect(reasons(.parked) { $0.history = TaskHistory(childRun: "k") } == [.childRun("k", status: nil), .parkedUntil(Self.soon)])
        #expect(reasons(.blocked) { $0.reason = "preCheck 'holiday' holds" } == [.preCheckBlock("holiday")])
        #expect(reasons(.blocked) { $0.reason = "release 1.2?" } == [.approval("release 1.2?", until: Self.soon)])
        #expect(reasons(.queued) { _ in } == [.noPlace(worker: "worker-1")])
    }

    @Test("pools, labels of tasks and a paused run keep a task that may start")
    func ready() {
        var run = picture(.running, dag { $0.tasks[0].pool = "db" })
        #expect(explained(run, "a") == [.noPool("db")])
        run.pools = ["db": .init(slots: 2, used: 2)]
        #expect(explained(run, "a") == [.poolFull("db", slots: 2)])
        run.pools["db"]?.used = 1
        #expect(explained(run, "a") == [.ready])
        run.instance.control = RunControl(isPaused: true)
        #expect(explained(run, "a") == [.runPaused])
        #expect(explained(picture(.running, dag { $0.tasks[0].worker = ["gpu": "no"] }), "a") == [.noNode(.labels(["gpu": "no"]))])
        #expect(explained(picture(.scheduled, dag()), "a") == [.run])
    }

    @Test("a fan-out says how many items are done, and each item what it waits for")
    func items() {
        var group = Samples.task("a", .running)
        group.params = ["items": [1, 2, 3, 4]]
        var waiting = Samples.task("a[2]", .retrying)
        waiting.wakeAt = Self.soon
        let run = picture(
            .running, dag { $0.tasks[0].forEach = ForEach(items: [1, 2, 3, 4]) },
            [group, Samples.task("a[10]", .running), waiting, Samples.task("a[0]", .success)])
        let tasks = RunExplanation(run).tasks
        #expect(tasks.map(\.id) == ["a", "a[2]", "a[10]", "b", "c"])
        #expect(tasks[0].reasons == [.items(done: 1, of: 4)])
        #expect(tasks[1].reasons == [.retryAt(Self.soon, reason: "")])
    }

    @Test("tasks at the end wait for all others")
    func exit() {
        let dag = dag { $0.onExit = [Dag.Task(id: "clean", actionName: "print")] }
        #expect(explained(picture(.running, dag, [Samples.task("a", .running)]), "clean") == [.others])
        let over = ["a", "b", "c"].map { Samples.task($0, .success) }
        #expect(explained(picture(.running, dag, over), "clean") == [.ready])
        #expect(explained(picture(.running, dag, [Samples.task("a", .failed)]), "clean") == [.ready])
    }

    @Test(
        "trigger rules: the table of the semantics",
        arguments: [
            (nil, "ss", "ready"), (nil, "sk", "ready"), (nil, "so", "open"), (nil, "fo", "failed"), (.allSuccess, "sk", "skipped"),
            (.allSuccess, "fo", "failed"), (.allDone, "fk", "ready"), (.allDone, "fo", "open"), (.oneSuccess, "so", "ready"),
            (.oneSuccess, "fo", "open"), (.oneSuccess, "fk", "failed"), (.oneSuccess, "kk", "skipped"), (.oneFailed, "fo", "ready"),
            (.oneFailed, "so", "open"), (.oneFailed, "sk", "skipped"), (.allFailed, "ff", "ready"), (.allFailed, "so", "skipped"),
            (.noneFailed, "sk", "ready"), (.noneFailed, "fo", "failed"), (.noneFailedMinOneSuccess, "sk", "ready"),
            (.noneFailedMinOneSuccess, "kk", "skipped"),
        ] as [(TriggerRule?, String, String)])
    func triggers(rule: TriggerRule?, parents: String, expected: String) {
        let statuses: [Character: TaskInstanceStatus] = ["s": .success, "k": .skipped, "f": .failed, "o": .running]
        let documents = parents.enumerated().compactMap { index, letter in statuses[letter].map { Samples.task("p\(index)", $0) } }
        var dag = Dag(id: "d", tasks: documents.map { Dag.Task(id: $0.taskId, actionName: "print") })
        var last = Dag.Task(id: "x", actionName: "print", dependOn: documents.map(\.taskId))
        last.trigger = rule
        dag.tasks.append(last)
        let reasons = explained(picture(.running, dag, documents), "x") ?? []
        switch expected {
        case "open": #expect(reasons.first?.kind == "parents")
        case "failed": #expect(reasons.first?.kind == "unreachable")
        default: #expect(reasons == [.ready])
        }
    }

    // MARK: Words

    private static let all: [WaitReason] = [
        .underWay(worker: "w", since: nil), .assigned(worker: "w"), .nodeLost(worker: "w"), .noNode(.noNodes), .noNode(.full), .dispatch,
        .noLeader, .runLimit(2), .dagPaused("d"), .runPaused, .waitingForCommand(.retry, by: "a"), .canceling(by: "a", reason: ""),
        .startLimit(soon), .blocked(tasks: ["t"]), .noDefinition, .parents(["a"]), .unreachable(because: "a"), .preCheckBlock("p"),
        .approval("m", until: soon), .retryAt(soon, reason: "r"), .parkedUntil(soon), .childRun("k", status: .running),
        .poolFull("p", slots: 2), .noPool("p"), .noPlace(worker: "w"), .items(done: 1, of: 2), .others, .run, .runAgain(by: "a"), .ready,
        .runOver(.canceled),
    ]

    @Test("every reason has a word of its own for programs, and one line of text")
    func words() throws {
        #expect(Set(Self.all.map(\.kind)).count == Self.all.count)
        for reason in Self.all {
            #expect(!reason.text.isEmpty && !reason.text.contains("\n"))
            let value = try JSONDecoder().decode(Value.self, from: Data(JSONOutput.line(WhyReport.Reason(reason: reason)).utf8))
            #expect(value.objectValue?["kind"] == .string(reason.kind))
            #expect(value.objectValue?["text"] == .string(reason.text))
        }
    }

    @Test("why is a line for the run, one for each of its reasons, and a table of tasks that is never cut")
    func text() {
        var task = Samples.task("a", .retrying, attempt: 2, reason: String(repeating: "x", count: 100))
        task.wakeAt = Self.soon
        let run = picture(.running, dag(), [task])
        let text = WhyReport(run.instance, RunExplanation(run)).text(Samples.window(60))
        #expect(text.hasPrefix("run r of 'd' is running\n  is under way on w1, since now\n"))
        #expect(text.contains("a     retrying        2  runs again: in 60 s, after: " + String(repeating: "x", count: 100) + "\n"))
        #expect(text.contains("b     init            -  waits for 'a'\n"))
        let over = picture(.success, dag(), ["a", "b", "c"].map { Samples.task($0, .success) })
        #expect(WhyReport(over.instance, RunExplanation(over)).text(Samples.plain) == "run r of 'd' is success\nall its tasks are over\n")
    }
}

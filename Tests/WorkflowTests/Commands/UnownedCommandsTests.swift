import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Commands for runs that nobody owns")
struct UnownedCommandsTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_100)
    private let dag: Dag = {
        var dag = Dag(id: "d", tasks: [Dag.Task(id: "a", actionName: "x"), Dag.Task(id: "b", actionName: "x", dependOn: ["a"])])
        dag.startTimeoutSecs = 60
        return dag
    }()

    private func command(_ id: String, _ kind: Command.Kind, _ tasks: [String] = []) -> CommandRecord {
        CommandRecord(Command(id: id, run: "r", kind: kind, tasks: tasks, author: Author(by: "ada", at: now)))
    }

    private func run(_ status: DagInstanceStatus, started: Bool = true, _ change: (inout DagInstance) -> Void = { _ in }) -> DagInstance {
        var run = DagInstance(
            id: "r", dagId: "d", dagVersion: "v", status: status, version: RecordVersion(epoch: started ? 3 : 0, counter: 4),
            runEpoch: started ? 3 : 0, createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        change(&run)
        return run
    }

    private func task(_ id: String, _ status: TaskInstanceStatus) -> TaskInstance {
        TaskInstance(dagInsId: "r", dagId: "d", taskId: id, actionName: "x", status: status, version: RecordVersion(epoch: 3), worker: "w")
    }

    private func plan(_ open: [CommandRecord], _ run: DagInstance, _ tasks: [TaskInstance] = []) throws -> UnownedCommands {
        UnownedCommands(open, on: run, dag: dag, graph: try TaskGraph(dag.tasks), tasks: tasks, now: now)
    }

    /// A kind of command, the run that it meets, and what becomes of both.
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: Command.Kind
        var status: DagInstanceStatus
        var started = true
        var isPaused = false
        var becomes: DagInstanceStatus?
        var settled: CommandRecord.Status

        var testDescription: String { "\(kind) of \(status)\(started ? "" : ", never started")\(isPaused ? ", paused" : "")" }
    }

    @Test(
        "each kind of command on each kind of run",
        arguments: [
            Case(kind: .cancel, status: .`init`, started: false, becomes: .canceled, settled: .done),
            Case(kind: .cancel, status: .parked, started: false, isPaused: true, becomes: .canceled, settled: .done),
            Case(kind: .cancel, status: .`init`, becomes: .`init`, settled: .accepted),
            Case(kind: .cancel, status: .parked, becomes: .`init`, settled: .accepted),
            Case(kind: .cancel, status: .blocked, becomes: .`init`, settled: .accepted),
            Case(kind: .cancel, status: .success, settled: .refused),
            Case(kind: .pause, status: .`init`, started: false, becomes: .parked, settled: .done),
            Case(kind: .pause, status: .blocked, becomes: .blocked, settled: .done),
            Case(kind: .pause, status: .parked, isPaused: true, settled: .done),
            Case(kind: .pause, status: .failed, settled: .refused),
            Case(kind: .resume, status: .parked, isPaused: true, becomes: .`init`, settled: .done),
            Case(kind: .resume, status: .blocked, isPaused: true, becomes: .`init`, settled: .done),
            Case(kind: .resume, status: .parked, settled: .done),
            Case(kind: .retry, status: .failed, becomes: .`init`, settled: .accepted),
            Case(kind: .retry, status: .success, settled: .refused),
            Case(kind: .continue, status: .blocked, settled: .refused),
            Case(kind: .rerun, status: .failed, settled: .refused),
        ])
    func table(_ one: Case) throws {
        let run = run(one.status, started: one.started) { $0.control = one.isPaused ? RunControl(isPaused: true) : nil }
        let tasks = one.status == .failed ? [task("a", .failed)] : []
        let plan = try plan([command("c", one.kind)], run, tasks)
        #expect(plan.amended?.status == one.becomes && plan.settled.map(\.status) == [one.settled], "\(plan)")
        guard let amended = plan.amended else { return }
        #expect(amended.version == run.version.nextEpoch && amended.runEpoch == run.runEpoch && amended.session == nil)
        #expect(one.status == amended.status || one.status.canBecome(amended.status), "the table of transitions has it")
        #expect((amended.control?.commands.map(\.id) == ["c"]) == (one.settled == .accepted))
        #expect((amended.control?.applied == ["c"]) == (one.settled == .done))
    }

    @Test("a run that goes on after its end counts its lost workers anew, and has no end")
    func revived() throws {
        let run = run(.failed) { ($0.adoptions, $0.endedAt, $0.reason, $0.wakeAt) = (5, now, "lost", now) }
        let amended = try plan([command("c", .retry)], run, [task("a", .failed)]).amended
        #expect(amended?.adoptions == 0 && amended?.endedAt == nil && amended?.reason == "" && amended?.wakeAt == nil)
    }

    @Test("a run that is resumed before its first start has its time limit again")
    func startLimit() throws {
        let run = run(.parked, started: false) { $0.control = RunControl(isPaused: true) }
        #expect(try plan([command("c", .resume)], run).amended?.wakeAt == run.createdAt.addingTimeInterval(60))
    }

    @Test("what was done before the leader fell over is not done again")
    func again() throws {
        let inside = command("inside", .retry).command
        let run = run(.`init`) { $0.control = RunControl(commands: [inside], applied: ["old"]) }
        var accepted = command("inside", .retry)
        #expect(try plan([accepted, command("old", .retry)], run).settled.map(\.status) == [.accepted, .done])
        accepted.status = .accepted
        let plan = try plan([accepted], run)
        #expect(plan.amended == nil && plan.settled.isEmpty)
    }

    @Test("behind a command inside the run others wait in order, at most a hundred")
    func limit() throws {
        let open = (0..<150).map { command("c\($0)", $0 == 0 ? .retry : .pause) }
        let plan = try plan(open, run(.failed), [task("a", .failed)])
        #expect(plan.amended?.control?.commands.map(\.id) == (0..<100).map { "c\($0)" })
        #expect(plan.settled.count == 100 && plan.settled.allSatisfy { $0.status == .accepted })
        #expect(plan.amended?.version == run(.failed).version.nextEpoch)
    }

    @Test("what earlier commands did to tasks counts: a task that was reset is not failed any more")
    func marks() throws {
        let author = Author(by: "ada", at: now)
        let run = run(.failed) {
            $0.control = RunControl(marks: ["a": TaskMark(attempt: 1, act: .reset, author: author)])
        }
        #expect(try plan([command("c", .retry, ["a"])], run, [task("a", .failed)]).settled.map(\.status) == [.refused])
        var later = task("a", .failed)
        later.attempt = 2
        #expect(try plan([command("c", .retry, ["a"])], run, [later]).settled.map(\.status) == [.accepted])
    }

    @Test("any node can end a run, unless something is to run at its end")
    func anyNode() {
        let cancel = run(.`init`) { $0.control = RunControl(commands: [command("c", .cancel).command]) }
        #expect(cancel.requirements(dag) == DagRequirements())
        var dag = dag
        dag.onExit = [Dag.Task(id: "clean", actionName: "x")]
        #expect(cancel.requirements(dag) == dag.requirements)
        let retry = run(.`init`) { $0.control = RunControl(commands: [command("r", .retry).command, command("c", .cancel).command]) }
        #expect(retry.requirements(self.dag) == self.dag.requirements)
    }
}

import Engine
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A time in whole milliseconds, as stores keep it.
func date(_ milliseconds: Int) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + Double(milliseconds) / 1_000) }

func instance(_ id: String = "run", dag: String = "d", createdAt: Int = 0, _ change: (inout DagInstance) -> Void = { _ in }) -> DagInstance
{
    var instance = DagInstance(id: id, dagId: dag, dagVersion: "v1", createdAt: date(createdAt))
    change(&instance)
    return instance
}

/// An instance that a session owns.
func owned(_ id: String = "run", by session: String, version: RecordVersion = RecordVersion(epoch: 1), runEpoch: Int64 = 1) -> DagInstance {
    instance(id) {
        $0.status = .running
        $0.worker = "w"
        $0.session = session
        $0.version = version
        $0.runEpoch = runEpoch
    }
}

func task(
    _ id: String, of run: String = "run", _ version: RecordVersion, status: TaskInstanceStatus = .success, output: Value? = nil
) -> TaskInstance {
    TaskInstance(dagInsId: run, dagId: "d", taskId: id, actionName: "a", status: status, version: version, worker: "w", output: output)
}

/// Everything that a task document can hold.
func fullTask(_ version: RecordVersion) -> TaskInstance {
    let values: Value = [
        "null": nil, "bool": true, "int": 9_007_199_254_740_993, "double": 1.5, "whole": 2.0, "text": "ä\u{0}€",
        "list": [1, ["a.b": "$x"]],
    ]
    var task = TaskInstance(
        dagInsId: "run", dagId: "d", taskId: "full", actionName: "a", dependOn: ["x", "y"], status: .failed, reason: "because",
        attempt: 3, version: version, worker: "w", params: ["$where": values, "a.b": 1, "": "empty"], output: values,
        startedAt: date(1), endedAt: date(2))
    task.shareData = [
        ShareDataChange(order: version, key: "a.b", value: "1"), ShareDataChange(order: version.next, key: "$gone", value: nil),
    ]
    return task
}

/// Everything that a run can be told, and that the engine remembers of it.
func fullControl() -> RunControl {
    let author = Author(by: "a$da", reason: "because", at: date(7))
    return RunControl(
        commands: [
            Command(id: "c1", run: "run", kind: .retry, tasks: ["a.b", "$x", "load[3]"], author: author),
            Command(id: "c2", run: "run", kind: .pause, author: Author(by: "ada", at: date(8))),
        ],
        applied: ["c0", "c-1"],
        marks: Dictionary(
            TaskMark.Act.allCases.map { ("task.\($0)[2]", TaskMark(attempt: 3, act: $0, author: author)) }, uniquingKeysWith: { $1 }),
        isPaused: true, cancel: author, endsNow: true, revivedAt: date(9), failure: "too long",
        lost: ["$a.b": LostAttempts(count: 2, attempt: 2)])
}

/// Everything that is kept of a task beyond its present attempt.
func fullHistory() -> TaskHistory {
    TaskHistory(
        attempts: [
            TaskHistory.Attempt(attempt: 1, status: .failed, reason: "boom", worker: "w", startedAt: date(1), endedAt: date(2)),
            TaskHistory.Attempt(attempt: 2, status: .running, worker: "v"),
        ],
        retries: 2, firstStartedAt: date(1), memo: ["$poll": [1, nil, "x"], "a.b": 2.5],
        decision: TaskHistory.Decision(isApproved: true, author: Author(by: "eve", reason: "fine", at: date(3))), childRun: "child")
}

func command(_ id: String, of run: String = "run", _ kind: Command.Kind = .retry, tasks: [String] = [], at: Int = 0) -> Command {
    Command(id: id, run: run, kind: kind, tasks: tasks, author: Author(by: "ada", reason: "why not", at: date(at)))
}

func chunk(_ seq: Int, of task: String = "a", run: String = "run", epoch: Int64 = 1, attempt: Int = 1, lines: [String] = ["line"])
    -> TraceChunk
{
    TraceChunk(
        dagInsId: run, taskId: task, epoch: epoch, attempt: attempt, seq: seq, worker: "w",
        lines: lines.map { TraceLine(at: date(seq), level: .info, message: $0) })
}

func node(_ key: String) -> NodeDescription {
    NodeDescription(key: key, actions: ["print", "$odd.name"], flows: ["f"], capacity: 7, host: "h", pid: 42)
}

/// What a plan assigns when `instance`, as read, goes to a session.
func assignment(of instance: DagInstance, to session: String) throws -> DispatchPlan.Assignment {
    let pending = DispatchPlan.Pending(
        id: instance.id, dagId: instance.dagId, version: instance.version, status: instance.status, session: instance.session,
        runEpoch: instance.runEpoch, requirements: DagRequirements())
    let candidate = DispatchPlan.Candidate(key: "w-\(session)", session: session, actions: [], flows: [], capacity: 1, load: 0)
    return try #require(DispatchPlan(pending: [pending], candidates: [candidate]).assignments.first)
}

extension Store {
    /// Writes one record of each kind and says what became of it.
    func record(_ instance: DagInstance) async throws -> RecordOutcome? {
        try await record(RecordBatch(instances: [instance])).instances.first
    }

    func record(_ task: TaskInstance, isFirst: Bool) async throws -> RecordOutcome? {
        try await record(RecordBatch(tasks: [TaskRecord(task: task, isFirst: isFirst)])).tasks.first
    }
}

import Testing
import Workflow

@testable import Console
@testable import Engine
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Following a run")
struct FollowingTests {
    @Test("pauses grow from 50 ms to 500 ms, and news makes them short again")
    func schedule() {
        var schedule = PollSchedule()
        let pauses = (0..<10).map { _ in schedule.next() }
        #expect(pauses.first == .milliseconds(50))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(pauses.last == .milliseconds(500))
        schedule.reset()
        #expect(schedule.next() == .milliseconds(50))
    }

    @Test("it looks until the run is at rest, and sees the last state")
    func follows() async throws {
        var states: [DagInstanceStatus] = [.`init`, .running, .running, .success]
        var seen: [DagInstanceStatus] = []
        let follower = RunFollower(read: { states.removeFirst() }, isAtRest: \.isAtRest, sleep: { _ in })
        let end = try await follower.follow { status in
            seen.append(status)
            return false
        }
        #expect(end == .success)
        #expect(seen == [.`init`, .running, .running, .success])
    }

    @Test("a blocked run is at rest: nothing happens before somebody continues it")
    func blocked() {
        #expect(DagInstanceStatus.allCases.filter(\.isAtRest) == [.blocked, .success, .failed, .canceled])
    }

    @Test("a store that is away for a moment is borne, and not for ever")
    func patience() async throws {
        var answers: [DagInstanceStatus?] = [.running, nil, nil, .success]
        let read: () async throws -> DagInstanceStatus = {
            guard let status = answers.removeFirst() else { throw StoreError(.unavailable, "away") }
            return status
        }
        #expect(try await RunFollower(read: read, isAtRest: \.isAtRest, sleep: { _ in }).follow { _ in false } == .success)
        answers = [.running, nil, .success]
        await #expect(throws: StoreError.self) {
            try await RunFollower(read: read, isAtRest: \.isAtRest, patience: .zero, sleep: { _ in }).follow { _ in false }
        }
    }

    @Test("an error that will not pass ends it at once")
    func fatal() async throws {
        let read: () async throws -> DagInstanceStatus = { throw StoreError(.unauthorized, "no") }
        await #expect(throws: StoreError.self) {
            try await RunFollower(read: read, isAtRest: \.isAtRest, sleep: { _ in }).follow { _ in false }
        }
    }

    @Test("a change of status or attempt is told once")
    func changes() {
        var changes = TaskChanges()
        #expect(changes.take([Samples.task("a", .running), Samples.task("b", .`init`)]).map(\.taskId) == ["a"])
        #expect(changes.take([Samples.task("a", .running), Samples.task("b", .`init`)]).isEmpty)
        #expect(changes.take([Samples.task("a", .success), Samples.task("b", .running)]).map(\.taskId) == ["a", "b"])
        #expect(changes.take([Samples.task("a", .success), Samples.task("b", .running, attempt: 2)]).map(\.taskId) == ["b"])
    }

    @Test("each line of a trace is handed out once, and late ones are found at the end")
    func traces() async throws {
        var chunks = [Samples.chunk("a", seq: 0, at: 0, "a0"), Samples.chunk("b", seq: 0, at: 1, "b0")]
        var follower = TraceFollower(task: nil) { _, task, after in
            chunks.filter { (task ?? $0.taskId) == $0.taskId && $0.id > (after ?? "") }.sorted { $0.id < $1.id }
        }
        let run = Samples.run()
        let first = try await follower.new(Samples.details(run, [Samples.task("a", .running), Samples.task("b", .running)]))
        #expect(first.map(\.message) == ["a0", "b0"])
        chunks += [Samples.chunk("a", seq: 2, at: 3, "a2"), Samples.chunk("b", seq: 1, at: 2, "b1")]
        let ended = Samples.details(run, [Samples.task("a", .success), Samples.task("b", .success)])
        #expect(try await follower.new(ended).map(\.message) == ["b1", "a2"])
        #expect(try await follower.new(ended).isEmpty)
        chunks.append(Samples.chunk("a", seq: 1, at: 2, "a1, late"))
        var late: [String] = []
        try await follower.rest(of: run.id) { late += $0.map(\.message) }
        #expect(late == ["a1, late"])
    }

    @Test("progress fits the window, and shows what runs before what is done")
    func progress() {
        let tasks = (0..<100).map { Samples.task("task-\($0)", $0 == 77 ? .running : $0 < 50 ? .success : .`init`) }
        let lines = ProgressView.lines(Samples.details(Samples.run(), tasks), waitsFor: nil, Samples.window(40, height: 12))
        #expect(lines.count < 12)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
        #expect(lines.contains { $0.hasPrefix("task-77 ") })
        #expect(lines.last == "… and 93 more tasks")
    }

    @Test("a fan-out is one line with the number of items that are done")
    func fanOut() {
        var load = Samples.task("load", .running)
        load.params = ["items": .array((0..<100).map { .int($0) })]
        let items = (0..<40).map { Samples.task("load[\($0)]", $0 < 37 ? .success : .running) }
        var dag = Dag(id: "flights", tasks: [Dag.Task(id: "load", actionName: "print"), Dag.Task(id: "b", actionName: "print")])
        dag.tasks[0].forEach = ForEach(items: "{{list}}")
        let details = RunDetails(instance: Samples.run(), dag: dag, documents: items + [load])
        let lines = ProgressView.lines(details, waitsFor: nil, Samples.window(80))
        #expect(lines.count == 4)
        #expect(lines[0].contains("0 of 2 tasks done"))
        #expect(lines[2].hasPrefix("load 37/100  print"))
        #expect(details.tasks.map(\.taskId).prefix(3) == ["load", "load[0]", "load[1]"])
    }

    @Test("a retry and a wait show when they go on, and a paused run that it is")
    func waits() {
        var task = Samples.task("a", .retrying, attempt: 2, reason: "boom")
        (task.wakeAt, task.endedAt) = (Samples.now + 30, Samples.now)
        var run = Samples.run()
        run.control = RunControl(isPaused: true)
        let lines = ProgressView.lines(Samples.details(run, [task]), waitsFor: nil, Samples.window(100))
        #expect(lines[0].hasPrefix("flights: running on worker-1, paused, 0 of 1"))
        #expect(lines[2].contains("in 30 s"))
        #expect(
            ProgressLine.text(task, now: Samples.now)
                == "2013-01-01T04:59:56.250Z 01jk a[2] retrying worker-1 4.0 s until 2013-01-01T05:00:30.250Z boom\n")
        var changes = TaskChanges()
        _ = changes.take([task])
        task.wakeAt = Samples.now + 60
        #expect(changes.take([task]).count == 1)
    }

    @Test("where nothing can be redrawn a change is one line")
    func lines() {
        #expect(
            ProgressLine.text(Samples.task("a", .failed, attempt: 2, reason: "exit code 3\nboom"), now: Samples.now)
                == "2013-01-01T04:59:58.250Z 01jk a[2] failed worker-1 2.0 s exit code 3 boom\n")
        #expect(ProgressLine.text(Samples.run(.success)) == "2013-01-01T04:59:58.750Z 01jk success 6.5 s\n")
    }
}

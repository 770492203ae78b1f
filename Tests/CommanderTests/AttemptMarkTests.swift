import Testing
import Workflow

@testable import Console
@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Attempts in a trace")
struct AttemptMarkTests {
    private func record(_ message: String, attempt: Int, at seconds: Double) -> TraceRecord {
        TraceRecord(
            at: Samples.now + seconds, task: "a", attempt: attempt, epoch: 1, worker: "w2", level: .info, message: message)
    }

    private var task: TaskInstance {
        var task = Samples.task("a", .running, attempt: 3)
        task.history = TaskHistory(attempts: [
            .init(attempt: 1, status: .failed, reason: "boom", worker: "w1", startedAt: Samples.now - 90),
            .init(attempt: 2, status: .running, worker: "w1", startedAt: Samples.now - 60),
        ])
        return task
    }

    @Test("a further attempt is told of where its first line is, once, with what became of the one before")
    func marks() {
        var marks = AttemptMarks()
        let first = marks.text([record("one", attempt: 1, at: 0), record("two", attempt: 2, at: 1)], [task], silent: false, Samples.plain)
        #expect(
            first == """
                2013-01-01T05:00:00.250Z a[1] info one
                2013-01-01T04:59:00.250Z a[2] attempt 2 begins on w1; attempt 1 failed: boom
                2013-01-01T05:00:01.250Z a[2] info two

                """)
        #expect(marks.text([record("more", attempt: 2, at: 2)], [task], silent: false, Samples.plain).split(separator: "\n").count == 1)
    }

    @Test("an attempt that has written nothing is told of while it is followed")
    func silent() {
        var marks = AttemptMarks()
        let text = marks.text([], [task], silent: true, Samples.plain)
        #expect(text.contains("a[2] attempt 2 begins on w1; attempt 1 failed: boom\n"))
        #expect(text.contains("a[3] attempt 3 begins on worker-1; attempt 2 was lost\n"))
        #expect(marks.text([], [task], silent: true, Samples.plain).isEmpty)
        var quiet = AttemptMarks()
        #expect(quiet.text([], [task], silent: false, Samples.plain).isEmpty)
    }

    @Test("a task that is retried is followed on, also after it was over and by another worker")
    func follows() async throws {
        var chunks = [Samples.chunk("a", seq: 0, at: 0, "first")]
        var follower = TraceFollower(task: "a") { _, task, after in
            chunks.filter { (task ?? $0.taskId) == $0.taskId && $0.id > (after ?? "") }.sorted { $0.id < $1.id }
        }
        func new(_ status: TaskInstanceStatus, attempt: Int) async throws -> [String] {
            try await follower.new(Samples.details(Samples.run(), [Samples.task("a", status, attempt: attempt)])).map(\.message)
        }
        #expect(try await new(.failed, attempt: 1) == ["first"])
        #expect(try await new(.failed, attempt: 1).isEmpty)
        chunks.append(Samples.chunk("a", seq: 0, attempt: 2, at: 1, "second"))
        #expect(try await new(.running, attempt: 2) == ["second"])
        chunks.append(
            TraceChunk(
                dagInsId: "01jk", taskId: "a", epoch: 2, attempt: 3, seq: 0, worker: "worker-2",
                lines: [TraceLine(at: Samples.now + 2, level: .info, message: "third")]))
        #expect(try await new(.success, attempt: 3) == ["third"])
        #expect(try await new(.success, attempt: 3).isEmpty)
    }

    @Test("who waits for lines looks no sooner than they are written")
    func schedule() {
        var schedule = PollSchedule.traces
        #expect(schedule.next() == .milliseconds(50))
        schedule.reset()
        #expect(schedule.next() == .milliseconds(200))
        #expect(schedule.next() == .milliseconds(300))
        #expect((0..<9).map { _ in schedule.next() }.last == .milliseconds(500))
    }
}

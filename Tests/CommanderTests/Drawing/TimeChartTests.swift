import Testing
import Workflow

@testable import Console
@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The time chart of a run")
struct TimeChartTests {
    private let zero = Samples.now - 100

    private func task(
        _ id: String, _ status: TaskInstanceStatus, after: [String] = [], from start: Double? = nil, to end: Double? = nil,
        earlier: [(Double, Double?, TaskInstanceStatus)] = []
    ) -> TaskInstance {
        var task = Samples.task(id, status, attempt: earlier.count + 1)
        task.dependOn = after
        task.startedAt = start.map { zero + $0 }
        task.endedAt = end.map { zero + $0 }
        let attempts = earlier.enumerated().map { index, attempt in
            TaskHistory.Attempt(
                attempt: index + 1, status: attempt.2, worker: "w", startedAt: zero + attempt.0, endedAt: attempt.1.map { zero + $0 })
        }
        task.history = attempts.isEmpty ? nil : TaskHistory(attempts: attempts)
        return task
    }

    private func segments(_ task: TaskInstance, ready: Double? = 0) -> [String] {
        TimeChart.segments(task, ready: ready.map { zero + $0 }, now: zero + 100).map { segment in
            let (start, end) = (segment.start.timeIntervalSince(zero), segment.end.timeIntervalSince(zero))
            return "\(segment.kind) \(Int(start.rounded()))-\(Int(end.rounded()))"
        }
    }

    @Test("a task waits until it starts, runs, and fails or succeeds attempt by attempt")
    func attempts() {
        #expect(segments(task("a", .success, from: 10, to: 20)) == ["waiting 0-10", "done 10-20"])
        #expect(
            segments(task("a", .success, from: 50, to: 60, earlier: [(0, 10, .failed), (20, nil, .running)])) == [
                "failed 0-10", "waiting 10-20", "failed 20-50", "done 50-60",
            ])
        #expect(segments(task("a", .running, from: 40)) == ["waiting 0-40", "underWay 40-100"])
        #expect(segments(task("a", .retrying, from: 40, to: 45)) == ["waiting 0-40", "failed 40-45", "waiting 45-100"])
        #expect(segments(task("a", .queued), ready: 30) == ["waiting 30-100"])
        #expect(segments(task("a", .`init`), ready: nil) == [])
        #expect(segments(task("a", .success, from: 20, to: 10), ready: 30) == ["done 20-20"])
    }

    private var details: RunDetails {
        var run = Samples.run()
        (run.createdAt, run.startedAt) = (zero - 5, zero)
        let tasks = [
            task("a", .success, from: 0, to: 25),
            task("b", .running, after: ["a"], from: 75, earlier: [(25, 50, .failed)]),
            task("c", .`init`, after: ["b"]),
        ]
        return RunDetails(
            instance: run, dag: Dag(id: "d", tasks: tasks.map { Dag.Task(id: $0.taskId, actionName: "x", dependOn: $0.dependOn) }),
            documents: tasks.filter { $0.status != .`init` })
    }

    private func lines(_ glyphs: Glyphs, _ width: Int) -> [String] {
        let layout = Samples.window(width)
        return TimeChart(details, glyphs, layout: layout).lines(layout)
    }

    @Test("a line for each task on a scale of time, up to now")
    func chart() {
        let lines = lines(.unicode, 54)
        #expect(lines[0] == "      0           30 s        1 min       1.5 min")
        #expect(lines[1].hasPrefix("      ┬─"))
        #expect(lines[2] == "a     ██████████                                25.0 s")
        #expect(lines[3] == "b               ××××××××××··········▒▒▒▒▒▒▒▒▒►  25.0 s")
        #expect(lines[4] == "1 task has not started")
        #expect(lines[5].hasPrefix("· waits  ▒ runs  █ done  × failed or lost"))
    }

    @Test("it fits every width, in Unicode and in ASCII")
    func widths() {
        for width in [30, 40, 80, 200] {
            #expect(lines(.unicode, width).allSatisfy { DisplayWidth.of($0) <= width })
            #expect(lines(.ascii, width).dropLast().joined().utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test("marks of the scale are round, and do not run into each other", arguments: [0.004, 0.4, 3, 59, 61, 4_000, 90_000, 3e6])
    func marks(_ span: Double) {
        let marks = TimeAxis(span: span, columns: 60).marks
        #expect(marks[0].text == "0")
        #expect(marks.count >= 2)
        for (left, right) in zip(marks, marks.dropFirst()) { #expect(left.column + left.text.count < right.column) }
    }

    @Test("a run that nobody took has a chart that says so")
    func empty() {
        let details = Samples.details(Samples.run(), [Samples.task("a", .`init`)])
        let chart = TimeChart(details, .unicode, layout: Samples.window(80))
        #expect(chart.unstarted == 0 || chart.lines.isEmpty)
        #expect(!chart.lines(Samples.window(80)).isEmpty)
    }
}

package import Workflow

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What `run --watch` prints where nothing can be redrawn.
package enum ProgressLine {
    /// One line of JSON for a task whose status changed.
    package struct TaskEvent: Encodable {
        package var event = "task"
        package var task: TaskInstance

        package init(task: TaskInstance) { self.task = task }
    }

    /// One line of JSON for what a task has said.
    struct TraceEvent: Encodable {
        var event = "trace"
        var trace: TraceRecord
    }

    /// The last line of JSON.
    package struct EndEvent: Encodable {
        package var event = "end"
        package var run: DagInstance

        package init(run: DagInstance) { self.run = run }
    }

    /// `time run task[attempt] status worker duration next reason`: the time is that of the change, as far as it is known; `next` is when it goes on by itself.
    package static func text(_ task: TaskInstance, now: Date) -> String {
        let time = (task.status.isFinal ? task.endedAt : task.startedAt) ?? now
        let next = task.status.isFinal ? nil : task.wakeAt.map { "until \(TimeText.iso($0))" }
        let duration = task.endedAt == nil ? "" : TaskTable.duration(of: task, Layout(now: now))
        return line([
            TimeText.iso(time), task.dagInsId, "\(task.taskId)[\(task.attempt)]", task.status.rawValue, task.worker, duration,
            next ?? "", task.reason,
        ])
    }

    /// `time run status duration reason`.
    package static func text(_ run: DagInstance) -> String {
        let duration = run.startedAt.flatMap { start in run.endedAt.map { TimeText.duration($0.timeIntervalSince(start)) } }
        return line([TimeText.iso(run.endedAt ?? Date()), run.id, run.status.rawValue, duration ?? "", run.reason])
    }

    private static func line(_ words: [String]) -> String {
        words.filter { !$0.isEmpty }.map(DisplayWidth.printable).joined(separator: " ") + "\n"
    }
}

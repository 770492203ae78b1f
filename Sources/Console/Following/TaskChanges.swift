package import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells which tasks have changed since the last look.
package struct TaskChanges {
    private struct Mark: Equatable {
        var status: TaskInstanceStatus
        var attempt: Int
        var wakeAt: Date?
    }

    private var seen: [String: Mark] = [:]

    package init() {}

    /// Tasks whose status, attempt or wake time is another than last time, in their order; at the first look those that have started.
    package mutating func take(_ tasks: [TaskInstance]) -> [TaskInstance] {
        tasks.filter { task in
            let mark = Mark(status: task.status, attempt: task.attempt, wakeAt: task.wakeAt)
            let before = seen.updateValue(mark, forKey: task.taskId) ?? Mark(status: .`init`, attempt: 0)
            return before != mark
        }
    }
}

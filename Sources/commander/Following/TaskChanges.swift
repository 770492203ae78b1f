import Workflow

/// Tells which tasks have changed since the last look.
struct TaskChanges {
    private struct Mark: Equatable {
        var status: TaskInstanceStatus
        var attempt: Int
    }

    private var seen: [String: Mark] = [:]

    /// Tasks whose status or attempt is another than last time, in their order; at the first look those that have started.
    mutating func take(_ tasks: [TaskInstance]) -> [TaskInstance] {
        tasks.filter { task in
            let mark = Mark(status: task.status, attempt: task.attempt)
            let before = seen.updateValue(mark, forKey: task.taskId) ?? Mark(status: .`init`, attempt: 0)
            return before != mark
        }
    }
}

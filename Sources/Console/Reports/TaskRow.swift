import Engine
package import Workflow

/// A task as a line of a table: one of the definition, or an item of a fan-out that is worth a line.
package struct TaskRow {
    package var task: TaskInstance
    /// How many items of it are done, and of how many, where it is a fan-out.
    package var items: (done: Int, count: Int)?
    /// Whether its end counts no more.
    package var runsAgain = false

    package init(_ task: TaskInstance) { self.task = task }

    /// `load 37/100`.
    package var name: String { task.taskId + (items.map { " \($0.done)/\($0.count)" } ?? "") }

    /// When it goes on by itself.
    package func next(_ layout: Layout) -> String {
        if runsAgain { return "runs again" }
        return task.status.isFinal ? "" : task.wakeAt.map(layout.time) ?? ""
    }

    /// All tasks of a run.
    /// - Parameter itemLimit: how many items of one fan-out are shown, those that are not done first; `nil` for all.
    package static func rows(_ run: DagInstance, _ tasks: [TaskInstance], itemLimit: Int?) -> [TaskRow] {
        var items: [String: [TaskInstance]] = [:]
        for task in tasks { if let group = ForEach.group(of: task.taskId) { items[group.task, default: []].append(task) } }
        var rows: [TaskRow] = []
        for task in tasks where ForEach.group(of: task.taskId) == nil {
            var row = TaskRow(task)
            row.runsAgain = run.runsAgain(task)
            let own = items[task.taskId, default: []]
            if !own.isEmpty { row.items = (own.count(where: \.status.isFinal), max(task.itemCount ?? own.count, own.count)) }
            rows.append(row)
            rows += shown(own, itemLimit).map { item in
                var row = TaskRow(item)
                row.runsAgain = run.runsAgain(item)
                return row
            }
        }
        return rows
    }

    /// Items in the order of their list: where there are too many, those that are not done, and those that failed.
    private static func shown(_ items: [TaskInstance], _ limit: Int?) -> [TaskInstance] {
        guard let limit, items.count > limit else { return items }
        return Array(items.filter { $0.status != .success && $0.status != .skipped }.prefix(limit))
    }
}

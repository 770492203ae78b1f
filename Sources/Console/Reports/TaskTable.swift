package import Workflow

/// Tasks of a run as a table.
package enum TaskTable {
    package static func lines(_ rows: [TaskRow], _ layout: Layout) -> [String] {
        var table = Table([
            .init(title: "TASK", isFlexible: true), .init(title: "ACTION", isFlexible: true), .init(title: "STATUS"),
            .init(title: "ATTEMPT", alignment: .right), .init(title: "WORKER", isFlexible: true),
            .init(title: "DURATION", alignment: .right), .init(title: "NEXT", isOptional: true),
            .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        for row in rows {
            let task = row.task
            table.append([
                .init(row.name), .init(task.actionName), .init(task.status.rawValue, task.status.style),
                .init(task.attempt > 0 ? "\(task.attempt)" : ""), .init(task.worker), .init(duration(of: task, layout)),
                .init(row.next(layout)), .init(task.reason),
            ])
        }
        return table.lines(layout)
    }

    /// A task that is over without an end has no duration that anybody knows.
    package static func duration(of task: TaskInstance, _ layout: Layout) -> String {
        guard task.endedAt != nil || !task.status.isFinal else { return "-" }
        return layout.duration(from: task.startedAt, to: task.endedAt)
    }
}

extension DagInstanceStatus {
    package var style: Style? {
        switch self {
        case .success: .green
        case .failed: .red
        case .canceled, .blocked: .yellow
        case .running, .parked: .cyan
        case .`init`, .scheduled: .dim
        }
    }

    /// Whether nothing more happens by itself: the run is over, or somebody must continue it.
    package var isAtRest: Bool { isFinal || self == .blocked }
}

extension TaskInstanceStatus {
    package var style: Style? {
        switch self {
        case .success: .green
        case .failed: .red
        case .canceled, .blocked, .retrying: .yellow
        case .running, .ending, .parked: .cyan
        case .`init`, .queued, .skipped, .`continue`: .dim
        }
    }
}

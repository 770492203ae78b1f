package import Engine
package import Workflow

/// What `show` shows: a run and its tasks.
package struct RunReport: Report {
    package var run: DagInstance
    /// Why it does not start; `nil` if it waits for nothing.
    package var waitsFor: String?
    /// In the order of the definition.
    package var tasks: [TaskInstance]

    package init(_ details: RunDetails, waitsFor: String? = nil) {
        run = details.instance
        tasks = details.tasks
        self.waitsFor = waitsFor
    }

    package func text(_ layout: Layout) -> String {
        var lines = layout.fields(
            [
                ("run", run.id, nil), ("dag", "\(run.dagId)@\(run.dagVersion)", nil), ("status", run.status.rawValue, run.status.style),
                ("reason", run.reason, nil), ("waits for", waitsFor ?? "", .yellow), ("wakes", run.wakeAt.map(layout.time) ?? "", nil),
                ("worker", run.worker ?? "", nil), ("epoch", run.version.epoch > 0 ? "\(run.version.epoch)" : "", nil),
                ("priority", run.priority == 0 ? "" : "\(run.priority)", nil), ("origin", run.origin?.text ?? "", nil),
                ("vars", Self.pairs(run.vars), nil), ("share data", Self.pairs(run.shareData), nil), ("tags", Self.pairs(run.tags), nil),
            ] + control(layout) + [
                ("created", layout.time(run.createdAt), nil), ("started", run.startedAt.map(layout.time) ?? "", nil),
                ("ended", run.endedAt.map(layout.time) ?? "", nil),
                ("duration", run.startedAt == nil ? "" : layout.duration(from: run.startedAt, to: run.endedAt), nil),
            ])
        if !tasks.isEmpty { lines += [""] + TaskTable.lines(TaskRow.rows(run, tasks, itemLimit: layout.isForPeople ? 10 : nil), layout) }
        lines += AttemptTable.lines(tasks, layout) + AttemptTable.decisions(tasks, layout)
        // A terminal's width cuts the reasons in the table; why something failed is never cut.
        let failed = layout.width == nil ? [] : tasks.filter { $0.status == .failed && !$0.reason.isEmpty }.prefix(20)
        if !failed.isEmpty { lines += [""] + failed.map { DisplayWidth.printable("\($0.taskId): \($0.reason)") } }
        return lines.asText
    }

    /// What people have asked of the run.
    private func control(_ layout: Layout) -> [(name: String, value: String, style: Style?)] {
        guard let control = run.control else { return [] }
        let cancel = control.cancel.map { author in
            "by \(author.by), \(layout.time(author.at))" + (author.reason.isEmpty ? "" : ": \(author.reason)")
        }
        return [
            ("paused", control.isPaused ? "nothing new starts (commander resume \(run.id))" : "", .yellow),
            ("canceled", cancel ?? "", .yellow),
            ("fails", run.status.isFinal ? "" : control.failure ?? "", .red),
            ("waiting", control.commands.map(\.kind.rawValue).joined(separator: ", "), .cyan),
            ("revived", control.revivedAt.map(layout.time) ?? "", nil),
        ]
    }

    package static func pairs(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension RunOrigin {
    /// Where the run comes from, in words.
    package var text: String {
        switch kind {
        case .dag: "sub-workflow of task '\(task)' of the run \(run)"
        case .task: "attempt \(attempt) of task '\(task)' of the run \(run), on another node"
        case .reuse where onlyTask != nil: "the task '\(task)' alone, with what the run \(run) has done"
        case .reuse: "uses the run \(run) again" + (from.map { $0.isEmpty ? "" : ", from \($0.joined(separator: ", ")) on" } ?? "")
        }
    }
}

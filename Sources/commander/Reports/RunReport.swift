import Engine
import Workflow

/// What `show` shows: a run and its tasks.
struct RunReport: Report {
    var run: DagInstance
    /// Why it does not start; `nil` if it waits for nothing.
    var waitsFor: String?
    /// In the order of the definition.
    var tasks: [TaskInstance]

    init(_ details: RunDetails, waitsFor: String? = nil) {
        run = details.instance
        tasks = details.tasks
        self.waitsFor = waitsFor
    }

    func text(_ layout: Layout) -> String {
        var lines = layout.fields([
            ("run", run.id, nil), ("dag", "\(run.dagId)@\(run.dagVersion)", nil), ("status", run.status.rawValue, run.status.style),
            ("reason", run.reason, nil), ("waits for", waitsFor ?? "", .yellow), ("worker", run.worker ?? "", nil),
            ("epoch", run.version.epoch > 0 ? "\(run.version.epoch)" : "", nil), ("vars", Self.pairs(run.vars), nil),
            ("share data", Self.pairs(run.shareData), nil), ("tags", Self.pairs(run.tags), nil),
            ("created", layout.time(run.createdAt), nil), ("started", run.startedAt.map(layout.time) ?? "", nil),
            ("ended", run.endedAt.map(layout.time) ?? "", nil),
            ("duration", run.startedAt == nil ? "" : layout.duration(from: run.startedAt, to: run.endedAt), nil),
        ])
        if !tasks.isEmpty { lines += [""] + TaskTable.lines(tasks, layout) }
        // A terminal's width cuts the reasons in the table; why something failed is never cut.
        let failed = layout.width == nil ? [] : tasks.filter { $0.status == .failed && !$0.reason.isEmpty }
        if !failed.isEmpty { lines += [""] + failed.map { DisplayWidth.printable("\($0.taskId): \($0.reason)") } }
        return lines.asText
    }

    static func pairs(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

package import Engine
import Workflow

/// A run under way, in few lines that fit a window.
package enum ProgressView {
    package static func lines(_ details: RunDetails, waitsFor: String?, _ layout: Layout) -> [String] {
        // Items of fan-outs are a number beside their task.
        let rows = TaskRow.rows(details.instance, details.tasks, itemLimit: 0).filter { !details.isItem($0.task) }
        // Two lines of head, one for the table's, one for what is left out, and one for the cursor.
        let room = max(layout.height - 5, 1)
        var lines = head(details, waitsFor, layout)
        let shown = rows.count <= room ? rows : chosen(from: rows, room)
        if !shown.isEmpty { lines += TaskTable.lines(shown, layout) }
        if shown.count < rows.count { lines.append(cut("… and \(rows.count - shown.count) more tasks", layout, .dim)) }
        return lines
    }

    private static func head(_ details: RunDetails, _ waitsFor: String?, _ layout: Layout) -> [String] {
        let run = details.instance
        let tasks = details.ownTasks
        let finished = tasks.count { $0.status.isFinal && !run.runsAgain($0) }
        let worker = run.worker.map { " on \($0)" } ?? ""
        let since = layout.duration(from: run.startedAt ?? run.createdAt, to: run.endedAt)
        let paused = run.control?.isPaused == true && !run.status.isFinal ? ", paused" : ""
        let line =
            "\(run.dagId): \(run.status.rawValue)\(worker)\(paused), \(finished) of \(tasks.count) tasks done, \(since), run \(run.id)"
        return [cut(line, layout, run.status.style)] + [waitsFor ?? run.reason].filter { !$0.isEmpty }.map { cut($0, layout, .yellow) }
    }

    /// The most telling tasks, in their order: what runs, then what went wrong, then what comes next, then what is done last.
    private static func chosen(from rows: [TaskRow], _ room: Int) -> [TaskRow] {
        let ranked = rows.indices.sorted { (rank(rows[$0].task.status), $0) < (rank(rows[$1].task.status), $1) }
        return ranked.prefix(room).sorted().map { rows[$0] }
    }

    private static func rank(_ status: TaskInstanceStatus) -> Int {
        switch status {
        case .running, .ending, .retrying: 0
        case .failed, .blocked, .canceled: 1
        case .queued, .`continue`, .parked: 2
        case .`init`: 3
        case .success, .skipped: 4
        }
    }

    private static func cut(_ line: String, _ layout: Layout, _ style: Style?) -> String {
        layout.styled(DisplayWidth.cut(DisplayWidth.printable(line), to: layout.width), style)
    }
}

import Console
import Engine
import Workflow

/// Runs under way, in few lines that fit a window.
enum DevView {
    /// The most runs that are drawn with their tasks.
    static let runLimit = 4

    /// - Parameters:
    ///   - runs: with their tasks, the oldest first.
    ///   - others: how many more are under way.
    static func lines(_ runs: [(details: RunDetails, waitsFor: String?)], others: Int, _ layout: Layout) -> [String] {
        guard !runs.isEmpty else { return [] }
        // One line is for those that are not drawn, one for the cursor.
        let room = max(layout.height - 2, 3)
        let shown = runs.prefix(max(min(runs.count, room / 3), 1))
        var part = layout
        // A view of a run leaves five lines of its window free.
        part.height = room / shown.count + 4
        var lines = shown.flatMap { ProgressView.lines($0.details, waitsFor: $0.waitsFor, part) }
        let rest = others + runs.count - shown.count
        if rest > 0 { lines.append(layout.styled("and \(rest) more \(rest == 1 ? "run" : "runs") under way", .dim)) }
        return lines
    }
}

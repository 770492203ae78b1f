import Console
import Records

/// What `export` and `import` say.
struct MovedReport: Report {
    var exported: Moved?
    var imported: Moved?
    /// What was there already, just so.
    var skipped: Moved?
    /// Where it was written to.
    var file: String?
    /// What could not be written.
    var leftOut: [String] = []
    /// What was there and is different, or could not be kept; at most 1,000.
    var problems: [String] = []
    var problemCount = 0

    init(exported: Moved, to file: String?, leftOut: [String]) {
        (self.exported, self.file, self.leftOut) = (exported, file, leftOut)
    }

    init(imported: Moved, skipped: Moved, problems: [String], problemCount: Int) {
        (self.imported, self.skipped, self.problems, self.problemCount) = (imported, skipped, problems, problemCount)
    }

    /// Problems that are shown; JSON has more.
    private static let rows = 20

    func text(_ layout: Layout) -> String {
        var lines = (leftOut.prefix(Self.rows).map { "left out: \($0)" } + problems.prefix(Self.rows)).map {
            layout.styled(DisplayWidth.printable($0), .yellow)
        }
        let more = max(leftOut.count - Self.rows, 0) + max(problemCount - Self.rows, 0)
        if more > 0 { lines.append("… and \(more) more") }
        if let exported { lines.append("exported \(Self.words(exported))" + (file.map { " to \($0)" } ?? "")) }
        if let imported { lines.append("imported \(Self.words(imported))") }
        if let skipped, skipped != Moved() { lines.append("already there: \(Self.words(skipped))") }
        if problemCount > 0 {
            lines.append("\(problemCount) left as they are in this store: import into an empty one to see what the file has")
        }
        return lines.asText
    }

    private static func words(_ moved: Moved) -> String {
        func count(_ number: Int, _ one: String, _ many: String) -> String? { number == 0 ? nil : "\(number) \(number == 1 ? one : many)" }
        let parts = [
            "\(moved.runs) \(moved.runs == 1 ? "run" : "runs")", count(moved.tasks, "task", "tasks"),
            count(moved.versions, "definition", "definitions"), count(moved.commands, "command", "commands"),
            count(moved.traces, "piece of trace", "pieces of trace"),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

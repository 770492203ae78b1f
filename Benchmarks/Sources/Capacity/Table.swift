import CapacityModel
import Foundation

/// Days as lines of a table.
enum Table {
    static let header = """
        | load | tasks/s, mean | peak hour | server CPU, mean | peak hour | journal | leader | of its time | node | places | tasks a batch | submit to first task, median | p99 | task to task, median | p99 |
        | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        """

    static func row(_ day: Day) -> String {
        let cells = [
            short(day.multiple) + (day.isSaturated ? " (too much)" : ""), "\(Int(day.durable.mean))", "\(Int(day.durable.peak))",
            percent(day.server.mean), percent(day.server.peak), percent(day.journal.peak),
            percent(day.leader.peak),
            percent(day.leaderBusy.peak), percent(day.node.peak), percent(day.places.peak), String(format: "%.1f", day.recordsPerBatch),
            time(day.submitToFirst.median), time(day.submitToFirst.p99), time(day.hop.median), time(day.hop.p99),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// The same days: what a task costs the server, and what for.
    static func costs(_ days: [Day]) -> String {
        let names = Purpose.allCases.map(\.rawValue)
        let head = ["| load | us of the server a task |"] + ["| ---: | ---: |"]
        let rows = days.map { day in
            let costs = Purpose.allCases.map { (day.serverSecondsPerTask[$0] ?? 0) * 1e6 }
            return "| "
                + ([short(day.multiple)] + ([costs.reduce(0, +)] + costs).map { String(format: "%.0f", $0) }).joined(separator: " | ")
                + " |"
        }
        let rest = [" " + names.joined(separator: " | ") + " |", " " + names.map { _ in "---:" }.joined(separator: " | ") + " |"]
        return (zip(head, rest).map { $0 + $1 } + rows).joined(separator: "\n")
    }

    static func short(_ value: Double) -> String { String(format: value < 10 && value.rounded() != value ? "%.1f" : "%.0f", value) }

    private static func percent(_ share: Double) -> String { String(format: share < 0.0995 ? "%.1f %%" : "%.0f %%", min(share, 1) * 100) }

    private static func time(_ seconds: Double) -> String {
        seconds < 1 ? String(format: "%.1f ms", seconds * 1_000) : String(format: "%.1f s", seconds)
    }
}

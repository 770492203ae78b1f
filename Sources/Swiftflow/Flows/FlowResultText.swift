import Foundation
import KisFlow

/// The result of a run as a table for people.
struct FlowResultText {
    private static let maximumReasons = 5

    private let summary: FlowSummary

    init(_ summary: FlowSummary) { self.summary = summary }

    var text: String { ([status] + table + reasons + counters).joined(separator: "\n") }

    private var status: String {
        var line = "\(summary.flow): \(summary.status)"
        if let endedAt = summary.endedAt { line += " at \(endedAt)" }
        if let reason = summary.reason { line += " (\(reason))" }
        guard summary.status != "disabled" else { return line }
        line += " in \(Self.seconds(summary.seconds)) s"
        if summary.batches > 0 {
            line += "; \(summary.rowsRead) rows read in \(summary.batches == 1 ? "1 batch" : "\(summary.batches) batches")"
        }
        return line
    }

    private var table: [String] {
        guard !summary.functions.isEmpty else { return [] }
        let head = ["FUNCTION", "MODE", "IN", "OUT", "REJECTED", "FAILED", "ATTEMPTS", "SECONDS", "ROWS/S"]
        let rows = summary.functions.sorted { $0.step < $1.step }.map { report in
            [
                report.name, report.mode.rawValue, "\(report.rowsIn)", "\(report.rowsOut)", "\(report.rejected)", "\(report.failed)",
                "\(report.attempts)", Self.seconds(report.seconds), Self.speed(report),
            ]
        }
        return FlowText.table([head] + rows, right: Set(2...8))
    }

    private var reasons: [String] {
        summary.functions.flatMap { report in
            let sorted = report.reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            var lines = sorted.prefix(Self.maximumReasons).map { "\(report.name): \($0.value) × \($0.key)" }
            if sorted.count > Self.maximumReasons {
                lines.append("\(report.name): … and \(sorted.count - Self.maximumReasons) other reasons")
            }
            if let example = report.examples.first { lines.append("\(report.name): such as \(example)") }
            return lines.map(FlowText.printable)
        }
    }

    private var counters: [String] {
        summary.counters.sorted { $0.key < $1.key }.map { FlowText.printable("\($0.key): \($0.value)") }
    }

    private static func seconds(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

    private static func speed(_ report: FunctionReport) -> String {
        report.seconds > 0 && report.rowsIn > 0 ? String(format: "%.0f", Double(report.rowsIn) / report.seconds) : "-"
    }
}

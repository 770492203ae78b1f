import Foundation

/// The figures as lines of text. The ratio to the bare loop is one of processor time.
enum Table {
    static let heading = line("", "rows", "million rows/s", "per CPU second", "of the bare loop", "peak MB", "allocations/row")

    static func line(_ figure: Figure, _ subject: FlowCase, baseline: Figure?) -> String {
        let ratio = baseline.map { String(format: "%.2f", figure.rowsPerProcessorSecond / $0.rowsPerProcessorSecond) } ?? ""
        let allocations = figure.allocations.map { String(format: "%.3f", Double($0) / Double(figure.rows)) } ?? "-"
        return line(
            subject.text, "\(figure.rows)", String(format: "%.2f", figure.rowsPerSecond / 1e6),
            String(format: "%.2f", figure.rowsPerProcessorSecond / 1e6), ratio,
            figure.peakBytes.map { "\($0 >> 20)" } ?? "-", allocations)
    }

    private static func line(_ name: String, _ columns: String...) -> String {
        let widths = [9, 16, 16, 18, 9, 17]
        let cells = zip(columns, widths).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }
        return name.padding(toLength: 50, withPad: " ", startingAt: 0) + cells.joined()
    }
}

/// A scale of time: which spans are marked, and where.
struct TimeAxis: Sendable {
    /// Seconds from the first to the last column.
    let span: Double
    let columns: Int

    init(span: Double, columns: Int) {
        self.span = max(span, 0.001)
        self.columns = max(columns, 1)
    }

    /// The columns that something takes, at least one.
    func columns(from start: Double, to end: Double) -> Range<Int> {
        func place(_ seconds: Double) -> Double { min(max(seconds, 0), span) / span * Double(columns) }
        let first = min(Int(place(start).rounded(.down)), columns - 1)
        return first..<min(max(Int(place(end).rounded(.up)), first + 1), columns)
    }

    /// Marks in spans that people count in, so far from each other that their names fit.
    var marks: [(column: Int, text: String)] {
        let step = Self.steps.first { $0 / span * Double(columns) >= Double(Self.text($0 * (span / $0).rounded(.down)).count + 4) }
        guard let step else { return [(0, "0")] }
        return (0...Int(span / step)).map { number in
            (min(Int((Double(number) * step / span * Double(columns)).rounded(.down)), columns - 1), Self.text(Double(number) * step))
        }
    }

    /// From a millisecond to years.
    private static let steps: [Double] =
        [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
        + [1, 2, 5, 10, 15, 30].map { $0 * 60 } + [1, 2, 3, 6, 12].map { $0 * 3_600 }
        + [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000].map { $0 * 86_400 }

    static func text(_ seconds: Double) -> String {
        func number(_ value: Double) -> String {
            let tenths = Int((value * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        }
        return switch seconds {
        case ...0: "0"
        case ..<1: "\(Int((seconds * 1_000).rounded())) ms"
        case ..<60: number(seconds) + " s"
        case ..<3_600: number(seconds / 60) + " min"
        case ..<86_400: number(seconds / 3_600) + " h"
        default: number(seconds / 86_400) + " d"
        }
    }
}

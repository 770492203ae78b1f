import Foundation

/// One figure of the table.
struct Row: Codable, Sendable {
    var section: String
    var name: String
    var unit: String
    /// The median over all rounds, with the lowest and the highest.
    var value: Double
    var low: Double
    var high: Double
    /// What the same is for the floor, measured in the same rounds; `nil` where there is none.
    var floor: Double?
    /// The median of value to floor, round by round.
    var ratio: Double?
    /// What was aimed at, in words.
    var aim: String?

    /// - Parameter floors: of the same rounds, in the same order.
    init(_ section: String, _ name: String, _ unit: String, _ values: [Double], floors: [Double] = [], aim: String? = nil) {
        self.section = section
        self.name = name
        self.unit = unit
        value = values.quantile(0.5)
        low = values.min() ?? 0
        high = values.max() ?? 0
        floor = floors.isEmpty ? nil : floors.quantile(0.5)
        ratio = floors.isEmpty ? nil : zip(values, floors).map { $1 == 0 ? 0 : $0 / $1 }.quantile(0.5)
        self.aim = aim
    }

    static let heading = line("", "value", "unit", "lowest", "highest", "floor", "ratio", "aim")

    var text: String {
        Row.line(
            name, Row.number(value), unit, Row.number(low), Row.number(high), floor.map(Row.number) ?? "",
            ratio.map { String(format: "%.2f", $0) } ?? "", aim ?? "")
    }

    private static func line(
        _ name: String, _ value: String, _ unit: String, _ low: String, _ high: String, _ floor: String, _ ratio: String, _ aim: String
    ) -> String {
        func left(_ text: String, _ width: Int) -> String { text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0) }
        func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        let line =
            left(name, 46) + right(value, 10) + " " + left(unit, 12) + right(low, 9) + right(high, 9) + right(floor, 9) + right(ratio, 7)
            + "  " + aim
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    private static func number(_ value: Double) -> String {
        switch abs(value) {
        case 100...: String(format: "%.0f", value)
        case 10..<100: String(format: "%.1f", value)
        default: String(format: "%.2f", value)
        }
    }
}

extension [Double] {
    /// The value below which a share of all values lies, the nearest one; zero where there are none.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        return sorted()[Swift.min(count - 1, Int((Double(count) * share).rounded(.down)))]
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1_000 }
}

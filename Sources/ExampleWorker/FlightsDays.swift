import Foundation
import KisFlow

/// The days that a run looks at: `all`, `2013-01-01`, or `2013-01-01..2013-01-07`.
struct FlightDays: Hashable {
    /// Days as numbers such as 20130101, which sort as the days do; `nil` for all.
    private let range: ClosedRange<Int>?

    /// - Throws: `FlowError` of kind `parameter`.
    init(_ text: String) throws {
        guard text != "all" else {
            range = nil
            return
        }
        let ends = text.components(separatedBy: "..").map { Self.number($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
            throw FlowError(.parameter, "days is \"\(text)\"; it must be a day (2013-01-01), a range (2013-01-01..2013-01-07) or all")
        }
        guard first <= last else { throw FlowError(.parameter, "days is \"\(text)\"; the range ends before it starts") }
        range = first...last
    }

    func contains(_ flight: Flight) -> Bool {
        range?.contains(flight.year * 10_000 + flight.month * 100 + flight.day) ?? true
    }

    private static func number(_ text: String) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }) else { return nil }
        guard let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]) else { return nil }
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        return year * 10_000 + month * 100 + day
    }
}

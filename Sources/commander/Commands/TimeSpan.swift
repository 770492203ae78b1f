import ArgumentParser
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Times on the command line.
enum TimeSpan {
    /// Units with their length in milliseconds; a longer name comes before its own beginning (`ms` before `m`).
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let longestInDays: Int64 = 3_650

    /// A length of time: `90s`, `5m`, `1h30m`, `2d`, `250ms`.
    /// - Throws: `ValidationError` for anything else, and above 3650 days.
    static func duration(_ text: String) throws -> Duration {
        var rest = text[...]
        var total: Int64 = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard digits.count <= 12, let number = Int64(digits), let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
                throw ValidationError(
                    "'\(text.prefix(40))' is not a time; write numbers with a unit d, h, m, s or ms, for example 90s or 1h30m")
            }
            rest = rest.dropFirst(unit.name.count)
            let (part, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow, part <= longestInDays * 86_400_000 - total else {
                throw ValidationError("'\(text.prefix(40))' is longer than the \(longestInDays) days allowed")
            }
            total += part
        } while !rest.isEmpty
        return .milliseconds(total)
    }
}

/// A point in time on the command line: `1h` (that long ago), `2026-01-31` or `2026-01-31T08:00:00Z`.
enum Moment: Hashable, Sendable {
    case ago(Duration)
    case at(Date)

    static func parse(_ text: String) throws -> Moment {
        if let date = date(text) { return .at(date) }
        do { return .ago(try TimeSpan.duration(text)) } catch {
            throw ValidationError(
                "'\(text.prefix(40))' is no point in time; write how long ago it was (90s, 1h30m, 2d), a day (2026-01-31) or a time (2026-01-31T08:00:00Z)"
            )
        }
    }

    func date(now: Date) -> Date {
        switch self {
        case .ago(let span): now.addingTimeInterval(-Double(span.components.seconds) - Double(span.components.attoseconds) / 1e18)
        case .at(let date): date
        }
    }

    private static func date(_ text: String) -> Date? {
        guard text.utf8.count <= 40 else { return nil }
        let whole = Date.ISO8601FormatStyle()
        for style in [whole, Date.ISO8601FormatStyle(includingFractionalSeconds: true), whole.year().month().day()] {
            if let date = try? style.parse(text) { return date }
        }
        return nil
    }
}

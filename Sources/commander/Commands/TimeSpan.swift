import ArgumentParser
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Lengths of time on the command line.
enum TimeSpan {
    /// `90s`, `5m`, `1h30m`, `2d`, `250ms`, or a number of seconds.
    /// - Throws: `ValidationError` for anything else.
    static func duration(_ text: String) throws -> Duration {
        do throws(DurationText.Mistake) { return try DurationText.parse(text) } catch {
            throw ValidationError("'\(text.prefix(40))' \(error)")
        }
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

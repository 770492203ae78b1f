#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Times and durations as text.
package enum TimeText {
    /// ISO 8601 in UTC, always with milliseconds: `2013-01-01T05:15:00.000Z`.
    package static func iso(_ date: Date) -> String {
        // Formatting cuts what is below a millisecond, so a date that is a hair below the wanted one would lose one.
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        return Date(timeIntervalSince1970: milliseconds / 1_000 + 0.000_1).formatted(style)
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// How long ago something was: `now`, `3 s ago`, `in 5 min` (another machine's clock may be ahead).
    package static func ago(_ date: Date, now: Date) -> String {
        let seconds = now.timeIntervalSince(date)
        guard abs(seconds) >= 1 else { return "now" }
        return seconds > 0 ? "\(rough(seconds)) ago" : "in \(rough(-seconds))"
    }

    private static func rough(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(seconds)) s"
        case ..<5_400: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3_600)) h"
        default: "\(Int(min(seconds / 86_400, 1e9))) d"
        }
    }

    /// How long something took: `12 ms`, `3.2 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`. Clocks of different machines can make it negative: that is 0.
    package static func duration(_ seconds: Double) -> String {
        let seconds = min(max(seconds, 0), 1e12)
        let milliseconds = (seconds * 1_000).rounded()
        guard milliseconds >= 1_000 else { return "\(Int(milliseconds)) ms" }
        let tenths = Int((seconds * 10).rounded())
        guard tenths >= 600 else { return "\(tenths / 10).\(tenths % 10) s" }
        let whole = Int(seconds.rounded())
        return switch whole {
        case ..<3_600: "\(whole / 60) min \(whole % 60) s"
        case ..<86_400: "\(whole / 3_600) h \(whole / 60 % 60) min"
        default: "\(whole / 86_400) d \(whole / 3_600 % 24) h"
        }
    }
}

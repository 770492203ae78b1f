#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Dates as ISO 8601 texts in UTC, to the millisecond.
package enum ISODate {
    /// The text of a date, or `nil` outside of the years 1 to 9999. A fraction of a millisecond is rounded.
    static func text(of date: Date) -> String? {
        let seconds = date.timeIntervalSince1970
        guard seconds > earliest, seconds < latest else { return nil }
        let milliseconds = (seconds * 1000).rounded()
        // Formatting cuts what is below a millisecond, so a date that is a hair below the wanted one would lose one.
        let rounded = Date(timeIntervalSince1970: milliseconds / 1000 + 0.000_1)
        return rounded.formatted(milliseconds.truncatingRemainder(dividingBy: 1000) == 0 ? whole : fractional)
    }

    /// The date of a text: with or without a fraction of a second, with a zone (`Z` or an offset); or only a day, which is its midnight
    /// in UTC.
    package static func date(from text: String) -> Date? {
        guard text.utf8.count <= 40 else { return nil }
        for style in [whole, fractional, day] {
            if let date = try? style.parse(text) { return date }
        }
        return nil
    }

    private static let earliest = -62_135_596_800.0
    private static let latest = 253_402_300_799.0
    private static let whole = Date.ISO8601FormatStyle()
    private static let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let day = Date.ISO8601FormatStyle().year().month().day()
}

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// JSON for scripts: keys in order, dates as ISO 8601 with milliseconds.
package enum JSONOutput {
    /// A whole document, indented, with a line feed at its end.
    package static func document(_ value: some Encodable) throws -> String {
        try text(value, [.prettyPrinted]) + "\n"
    }

    /// One line, with its line feed. A value that cannot be written becomes an object that says so.
    package static func line(_ value: some Encodable) -> String {
        do { return try text(value, []) + "\n" } catch { return "{\"error\":{\"message\":\"a value cannot be written as JSON\"}}\n" }
    }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(TimeText.iso(date))
        }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

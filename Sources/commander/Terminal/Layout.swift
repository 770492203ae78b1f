#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How a text is to look: its room, its colours and the time that it is read at.
struct Layout: Sendable {
    /// Columns of the window; `nil` where nothing may be cut off.
    var width: Int?
    /// Lines of the window.
    var height = 24
    var usesColor = false
    /// Times as `3 s ago`, not as ISO 8601.
    var isForPeople = false
    var now: Date

    /// A point in time, or `-` for none.
    func time(_ date: Date?) -> String {
        guard let date else { return "-" }
        return isForPeople ? TimeText.ago(date, now: now) : TimeText.iso(date)
    }

    /// How long something took, or has taken until now; `-` if it has not started.
    func duration(from start: Date?, to end: Date?) -> String {
        guard let start else { return "-" }
        return TimeText.duration((end ?? now).timeIntervalSince(start))
    }

    /// The text in a style, if there are colours.
    func styled(_ text: String, _ style: Style?) -> String {
        guard usesColor, let style else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// Lines of `name  value`, names padded to one width; an empty value leaves its line out.
    func fields(_ fields: [(name: String, value: String, style: Style?)]) -> [String] {
        let present = fields.filter { !$0.value.isEmpty }
        let indent = (present.map(\.name.count).max() ?? 0) + 2
        return present.map { field in
            let value = DisplayWidth.cut(DisplayWidth.printable(field.value), to: width.map { max($0 - indent, 20) })
            return styled(field.name.padded(to: indent), .bold) + styled(value, field.style)
        }
    }
}

/// How a word stands out on a terminal; the raw value is the SGR parameter of ECMA-48.
enum Style: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
}

extension String {
    /// The text with spaces behind it up to `width` columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - DisplayWidth.of(self))) }
}

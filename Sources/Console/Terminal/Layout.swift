#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// How a text is to look: its room, its colours and the time that it is read at.
package struct Layout: Sendable {
    /// Columns of the window; `nil` where nothing may be cut off.
    package var width: Int?
    /// Lines of the window.
    package var height: Int
    package var usesColor: Bool
    /// Times as `3 s ago`, not as ISO 8601.
    package var isForPeople: Bool
    package var now: Date

    package init(width: Int? = nil, height: Int = 24, usesColor: Bool = false, isForPeople: Bool = false, now: Date) {
        self.width = width
        self.height = height
        self.usesColor = usesColor
        self.isForPeople = isForPeople
        self.now = now
    }

    /// A point in time, or `-` for none.
    package func time(_ date: Date?) -> String {
        guard let date else { return "-" }
        return isForPeople ? TimeText.ago(date, now: now) : TimeText.iso(date)
    }

    /// How long something took, or has taken until now; `-` if it has not started.
    package func duration(from start: Date?, to end: Date?) -> String {
        guard let start else { return "-" }
        return TimeText.duration((end ?? now).timeIntervalSince(start))
    }

    /// The text in a style, if there are colours.
    package func styled(_ text: String, _ style: Style?) -> String {
        guard usesColor, let style else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// Lines of `name  value`, names padded to one width; an empty value leaves its line out.
    package func fields(_ fields: [(name: String, value: String, style: Style?)]) -> [String] {
        let present = fields.filter { !$0.value.isEmpty }
        let indent = (present.map(\.name.count).max() ?? 0) + 2
        return present.map { field in
            let value = DisplayWidth.cut(DisplayWidth.printable(field.value), to: width.map { max($0 - indent, 20) })
            return styled(field.name.padded(to: indent), .bold) + styled(value, field.style)
        }
    }
}

/// How a word stands out on a terminal; the raw value is the SGR parameter of ECMA-48.
package enum Style: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
}

extension String {
    /// The text with spaces behind it up to `width` columns.
    package func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - DisplayWidth.of(self))) }
}

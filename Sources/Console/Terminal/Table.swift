/// Aligned columns for people.
package struct Table: Sendable {
    package struct Column: Sendable {
        package var title: String
        package var alignment: Alignment
        /// Whether its cells may be cut off where the window is narrow.
        package var isFlexible: Bool
        /// Whether the column is left out if it is empty in every row.
        package var isOptional: Bool

        package init(title: String, alignment: Alignment = .left, isFlexible: Bool = false, isOptional: Bool = false) {
            self.title = title
            self.alignment = alignment
            self.isFlexible = isFlexible
            self.isOptional = isOptional
        }
    }

    package enum Alignment: Sendable {
        case left
        case right
    }

    package struct Cell: Sendable, ExpressibleByStringInterpolation {
        package var text: String
        package var style: Style?

        /// - Parameter text: control characters are replaced; an empty text is shown as `-`.
        package init(_ text: String, _ style: Style? = nil) {
            self.text = DisplayWidth.printable(text)
            self.style = style
        }

        package init(stringLiteral value: String) { self.init(value) }
    }

    package let columns: [Column]
    package private(set) var rows: [[Cell]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; it has one cell for each column.
    package mutating func append(_ row: [Cell]) { rows.append(row) }

    /// The lines of the table, its head first. No line is wider than the layout's width, if it has one.
    package func lines(_ layout: Layout) -> [String] {
        let shown = columns.indices.filter { column in !columns[column].isOptional || rows.contains { !$0[column].text.isEmpty } }
        let widths = self.widths(of: shown, within: layout.width)
        let head = line(columns.map { Cell($0.title, .bold) }, shown, widths, layout)
        return [head] + rows.map { line($0, shown, widths, layout) }
    }

    private static let gap = 2
    private static let leastFlexibleWidth = 8

    /// Natural widths, then flexible columns made smaller, the widest first, then what is at the right cut away.
    private func widths(of shown: [Int], within room: Int?) -> [Int] {
        var widths = shown.map { column in
            max(DisplayWidth.of(columns[column].title), rows.map { DisplayWidth.of($0[column].text) }.max() ?? 0, 1)
        }
        guard let room else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - room
        while excess > 0 {
            let flexible = widths.indices.filter { columns[shown[$0]].isFlexible && widths[$0] > Self.leastFlexibleWidth }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            // Down to the next narrower one at once, so that a text of a megabyte takes no million steps.
            let next = flexible.filter { $0 != widest }.map { widths[$0] }.max() ?? Self.leastFlexibleWidth
            let step = min(excess, max(widths[widest] - max(next, Self.leastFlexibleWidth), 1))
            widths[widest] -= step
            excess -= step
        }
        for index in widths.indices.reversed() where excess > 0 {
            let step = min(excess, widths[index])
            widths[index] -= step
            excess -= step + (widths[index] == 0 ? Self.gap : 0)
        }
        return widths
    }

    private func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int], _ layout: Layout) -> String {
        let parts: [(Cell, String)] = zip(shown, widths).compactMap { column, width in
            guard width > 0 else { return nil }
            let cell = cells[column]
            let text = DisplayWidth.cut(cell.text.isEmpty ? "-" : cell.text, to: layout.width == nil ? nil : width)
            let padding = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
            return (cell, columns[column].alignment == .right ? padding + text : text + padding)
        }
        let gap = String(repeating: " ", count: Self.gap)
        return parts.enumerated().map { index, part in
            let isLast = index == parts.count - 1
            return layout.styled(isLast ? part.1.withoutTrailingSpaces : part.1, part.0.style)
        }.joined(separator: gap)
    }
}

extension String {
    fileprivate var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

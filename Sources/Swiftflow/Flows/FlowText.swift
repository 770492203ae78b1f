/// Texts for a terminal.
package enum FlowText {
    /// Lines with aligned columns; the columns with these numbers are aligned to the right.
    package static func table(_ rows: [[String]], right: Set<Int> = [], gap: Int = 2) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : String(repeating: " ", count: gap)) + (right.contains(column) ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The text with control characters replaced: what a program wrote must not steer the terminal.
    package static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }))
    }

    package static func cut(_ line: String, to width: Int?) -> String {
        guard let width, line.count > width else { return line }
        return width > 0 ? "\(line.prefix(width - 1))…" : ""
    }

    package static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}

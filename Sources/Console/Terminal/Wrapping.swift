/// Text in lines that fit a width, broken between words.
package enum Wrapping {
    /// Each line by itself. What follows in a broken line stands under its beginning, or under the second column of a table (behind two blanks or more).
    package static func text(_ text: String, width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { lines(String($0), width: width) }.joined(separator: "\n")
    }

    private static func lines(_ line: String, width: Int) -> [String] {
        guard DisplayWidth.of(line) > width else { return [line] }
        let indent = hang(of: line)
        // Where there is no room for a text beside the indent it is left as it is.
        guard indent * 2 <= width else { return [line] }
        let head = line.prefix(indent)
        var (result, current, isEmpty) = ([String](), String(head), true)
        for word in line.dropFirst(indent).split(separator: " ") {
            if !isEmpty, DisplayWidth.of(current) + 1 + DisplayWidth.of(word) > width {
                result.append(current)
                (current, isEmpty) = (String(repeating: " ", count: DisplayWidth.of(head)), true)
            }
            current += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return result + [current]
    }

    /// How many characters stand before the text that is broken.
    private static func hang(of line: String) -> Int {
        let indent = line.prefix { $0 == " " }.count
        guard indent > 0, let gap = line.dropFirst(indent).firstRange(of: "  ") else { return indent }
        let column = line[gap.lowerBound...].prefix { $0 == " " }.count + line.distance(from: line.startIndex, to: gap.lowerBound)
        return column < line.count ? column : indent
    }
}

/// The text of a file, addressed by line and column as the YAML parser counts them.
struct YamlText {
    private(set) var scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    /// A byte order mark at the start is left out.
    init(_ text: String) {
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var starts = [0]
        for (index, scalar) in scalars.enumerated() where Self.breaksLine(scalar) {
            if scalar == "\r", index + 1 < scalars.count, scalars[index + 1] == "\n" { continue }
            starts.append(index + 1)
        }
        self.scalars = scalars
        lineStarts = starts
    }

    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    var string: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    func index(of position: YamlPosition) -> Int? {
        guard lineStarts.indices.contains(position.line - 1), position.column >= 1 else { return nil }
        let index = lineStarts[position.line - 1] + position.column - 1
        return index <= scalars.count ? index : nil
    }

    func position(of index: Int) -> YamlPosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= index { low = middle } else { high = middle }
        }
        return YamlPosition(line: low + 1, column: index - lineStarts[low] + 1)
    }

    /// A line without its end, from 1.
    func line(_ number: Int) -> String {
        guard lineStarts.indices.contains(number - 1) else { return "" }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[lineStarts[number - 1]...].prefix { !Self.breaksLine($0) }.prefix(1000))
        return String(view)
    }

    /// Replaces scalars one for one, so that all positions stay what they were.
    mutating func replace(_ range: Range<Int>, with scalar: Unicode.Scalar) {
        for index in range { scalars[index] = scalar }
    }
}

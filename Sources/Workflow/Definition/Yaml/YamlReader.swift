import Yams

/// Reads a file's one YAML document.
struct YamlReader {
    private let log: ProblemLog
    private let limits: DagLimits
    private var text: YamlText
    /// Keys that were renamed to get past the parser, which stops at a repeated key: new name to old.
    private var renamed: [String: String] = [:]
    private var repeated: [(key: String, position: YamlPosition)] = []

    init(_ text: String, log: ProblemLog, limits: DagLimits) {
        self.text = YamlText(text)
        self.log = log
        self.limits = limits
    }

    /// The document, or `nil` after an error that leaves nothing to look at.
    static func read(_ text: String, log: ProblemLog, limits: DagLimits) -> YamlNode? {
        guard text.utf8.count <= limits.maxFileBytes else {
            log.error(
                .start,
                "the file has \(text.utf8.count) bytes, the most is \(limits.maxFileBytes); keep data out of definitions, or raise \(DagLimits.bytesSetting)"
            )
            return nil
        }
        var reader = YamlReader(text, log: log, limits: limits)
        if let problem = YamlAliases(text: reader.text).firstProblem() {
            log.error(problem.position, problem.message)
            return nil
        }
        guard let root = reader.compose() else { return nil }
        var builder = YamlTreeBuilder(log: log, limits: limits, renamed: reader.renamed)
        return builder.build(root)
    }

    /// Parses; each repeated key is renamed and the text parsed again, so that other mistakes are found too. Reading a large file again
    /// and again is bounded.
    private mutating func compose() -> Node? {
        let maxRenames = max(2, min(20, (1 << 20) / max(text.scalars.count, 1)))
        parsing: for _ in 0...maxRenames {
            do {
                return try root()
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let position = YamlPosition(line: context.mark.line, column: context.mark.column)
                repeated.append((keys.first ?? "", position))
                guard renamed.count < maxRenames, let key = keys.first, rename(key, at: position) else { break parsing }
            } catch {
                report(error)
                break parsing
            }
        }
        // There is no tree in which these would be found.
        for (key, position) in repeated { log.error(position, "the key '\(key)' is given more than once in one object; keep one") }
        return nil
    }

    private func root() throws -> Node? {
        // Scalars are resolved here, not by the parser.
        let parser = try Parser(yaml: text.string, resolver: .basic, encoding: .utf8)
        guard let root = try parser.nextRoot() else {
            log.error(.start, "the file is empty; a DAG needs tasks")
            return nil
        }
        while let next = try parser.nextRoot() {
            if case .scalar(let scalar) = next, scalar.string.isEmpty { continue }
            log.error(YamlPosition(next.mark), "a second YAML document begins here; put one DAG in each file")
            break
        }
        return root
    }

    /// Gives the key at a position a name that nothing else has, of the same length.
    private mutating func rename(_ key: String, at position: YamlPosition) -> Bool {
        let wanted = Array(key.unicodeScalars)
        guard !wanted.isEmpty, var start = text.index(of: position), start < text.scalars.count,
            let fresh = Unicode.Scalar(0xF_0000 + UInt32(renamed.count))
        else { return false }
        if text.scalars[start] == "\"" || text.scalars[start] == "'" { start += 1 }
        let range = start..<(start + wanted.count)
        guard range.upperBound <= text.scalars.count, text.scalars[range].elementsEqual(wanted) else { return false }
        text.replace(range, with: fresh)
        var name = String.UnicodeScalarView()
        name.append(contentsOf: wanted.map { _ in fresh })
        renamed[String(name)] = key
        return true
    }

    // MARK: Syntax errors

    private func report(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _), YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let position = YamlPosition(mark)
            let place = context.map { " (\($0.text) that begins in line \($0.mark.line), column \($0.mark.column))" } ?? ""
            log.error(position, "YAML: \(problem)\(place)\(hint(position.line))")
        case YamlError.reader(let problem, let offset, let value, _):
            log.error(
                positionOfCharacter(offset), "YAML: \(problem)\(value > 0 ? " (U+\(String(value, radix: 16, uppercase: true)))" : "")")
        default: log.error(.start, "YAML: the text cannot be read: \(error)")
        }
    }

    /// The parser counts in characters where it reports unreadable input.
    private func positionOfCharacter(_ offset: Int?) -> YamlPosition {
        guard let offset else { return .start }
        let string = text.string
        let index = string.index(string.startIndex, offsetBy: offset, limitedBy: string.endIndex) ?? string.endIndex
        return text.position(of: string.unicodeScalars.distance(from: string.startIndex, to: index))
    }

    /// The two mistakes that are made most, from what stands in the line.
    private func hint(_ number: Int) -> String {
        for line in [text.line(number), text.line(number - 1)] {
            if line.contains(": {{") || line.contains("- {{") { return "; a text that begins with {{ needs quotes: \"{{name}}\"" }
            if line.drop(while: { $0 == " " }).first == "\t" { return "; indent with spaces, YAML takes no tabs" }
        }
        return ""
    }
}

extension YamlPosition {
    init(_ mark: Mark?) { self.init(line: max(mark?.line ?? 1, 1), column: max(mark?.column ?? 1, 1)) }
}

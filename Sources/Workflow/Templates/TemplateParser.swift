/// Reads a text with templates, by hand: one pass over its bytes.
struct TemplateParser {
    private let bytes: [UInt8]
    private var position = 0
    /// Where the template that is being read begins.
    private var start = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func parse() throws(TemplateError) -> [Template.Part] {
        var parts: [Template.Part] = []
        var text: [UInt8] = []
        func flush() {
            if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
            text = []
        }
        while position < bytes.count {
            guard isDoubled("{", at: position) else {
                text.append(bytes[position])
                position += 1
                continue
            }
            start = position
            position += 2
            switch try template() {
            case .literal(let literal): text += literal.utf8
            case .reference(let target):
                flush()
                parts.append(.reference(TemplateReference(target, source: source)))
            }
        }
        flush()
        return parts
    }

    /// The names of a way such as `extract.rows[0].name`, outside of any template.
    static func path(of text: String) throws(TemplateError) -> [String] {
        // A name in brackets may come first here, as in `["load.v2"].rows`; inside templates something always stands before it.
        let isBracketed = text.hasPrefix("[")
        var parser = TemplateParser(isBracketed ? "tasks" + text : text)
        let names = try parser.path()
        guard parser.position == parser.bytes.count else { throw parser.malformed() }
        return isBracketed ? Array(names.dropFirst()) : names
    }

    private func isDoubled(_ brace: Unicode.Scalar, at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == UInt8(ascii: brace) && bytes[index + 1] == UInt8(ascii: brace)
    }

    private enum Content {
        case literal(String)
        case reference(TemplateReference.Target)
    }

    /// The template as written, as far as it has been read.
    private var source: String { String(decoding: bytes[start..<position], as: UTF8.self) }

    private mutating func template() throws(TemplateError) -> Content {
        skipSpace()
        if peek() == UInt8(ascii: "\"") {
            let literal = try quoted()
            try end()
            return .literal(literal)
        }
        let isGo = skip(".")
        let names = try path()
        try end()
        return .reference(try target(names, isGo: isGo))
    }

    private mutating func end() throws(TemplateError) {
        skipSpace()
        guard isDoubled("}", at: position) else { throw malformed() }
        position += 2
    }

    // MARK: Names

    /// Names joined by dots, positions and quoted names in brackets.
    private mutating func path() throws(TemplateError) -> [String] {
        var names = [try name()]
        while true {
            if skip(".") {
                names.append(try name())
            } else if skip("[") {
                names.append(peek() == UInt8(ascii: "\"") ? try quoted() : try name())
                guard skip("]") else { throw malformed() }
            } else {
                return names
            }
        }
    }

    private mutating func name() throws(TemplateError) -> String {
        let first = position
        while let byte = peek(), !Self.endsName(byte) { position += 1 }
        guard position > first else { throw malformed() }
        return String(decoding: bytes[first..<position], as: UTF8.self)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "\0"..." ", ".", "[", "]", "{", "}", "\"", "'", "`", "|", "(", ")": true
        default: false
        }
    }

    /// A text in double quotes; a backslash takes the next character as it is, but for `\n` and `\t`.
    private mutating func quoted() throws(TemplateError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = peek() else { throw malformed() }
                position += 1
                text.append(escaped == UInt8(ascii: "n") ? 10 : escaped == UInt8(ascii: "t") ? 9 : escaped)
            default: text.append(byte)
            }
        }
        throw malformed()
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 32 || (9...13).contains(byte) { position += 1 }
    }

    // MARK: Meaning

    private static let roots = ["vars", "shareData", "tasks", "run", "item", "index"]

    private func target(_ names: [String], isGo: Bool) throws(TemplateError) -> TemplateReference.Target {
        guard names.count > 1 else {
            guard !isGo else { throw error("there is nothing named '.\(names[0])'; a variable is {{\(names[0])}}. \(Self.literalHint)") }
            switch names[0] {
            case "item": return .item(path: [])
            case "index": return .index
            default: return .variable(names[0])
            }
        }
        switch names[0] {
        case "vars" where names.count == 2 || names.count == 3 && names[2] == "Value": return .variable(names[1])
        case "vars": throw error("a variable is a text and has no parts; write {{vars.\(names[1])}}")
        case "shareData": return .shareData(names[1...].joined(separator: "."))
        case "tasks" where names.count >= 3 && names[2] == "output": return .output(task: names[1], path: Array(names[3...]))
        case "tasks":
            throw error(
                "of a task only the output can be used: {{tasks.\(names[1]).output}}; "
                    + "an id with dots in it goes into brackets: tasks[\"a.b\"]"
            )
        case "item": return .item(path: Array(names[1...]))
        case "run":
            if names.count == 2, let field = TemplateReference.RunField(rawValue: names[1]) { return .run(field) }
            let fields = TemplateReference.RunField.allCases.map { "{{run.\($0.rawValue)}}" }
            throw error("of a run there are \(fields.joined(separator: ", "))")
        default:
            let advice = NearestName.nearest(to: names[0], among: Self.roots).map { "did you mean '\($0)'?" } ?? Self.literalHint
            throw error(
                "a template is a variable's name or begins with vars, shareData, tasks, run or item, not with '\(names[0])'; \(advice)")
        }
    }

    private static let literalHint = #"A literal {{ is written {{"{{"}}"#

    private func error(_ message: String) -> TemplateError { TemplateError(template: source, message: message) }

    /// The template is shown up to its end, if there is one near.
    private func malformed() -> TemplateError {
        var end = position
        while end < bytes.count, end < start + 80, !isDoubled("}", at: end) { end += 1 }
        let isClosed = isDoubled("}", at: end)
        let shown = String(decoding: bytes[start..<(isClosed ? end + 2 : end)], as: UTF8.self)
        let reason = isClosed || end < bytes.count ? "this is not a template" : "the template has no closing }}"
        return TemplateError(
            template: shown,
            message: "\(reason); it is a name such as {{fileName}} or {{tasks.extract.output.rows[0]}}. \(Self.literalHint)")
    }
}

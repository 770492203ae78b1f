import KisFlow

/// A text with parameters in it, such as the path `{{out}}/{{day}}/report.csv` or the key `user:{{id}}`.
struct TextTemplate: Sendable, Hashable {
    private enum Part: Hashable {
        case literal(String)
        case parameter(String)
    }

    private var parts: [Part]
    /// What the text is, for errors.
    private let what: String

    /// - Parameter what: what the text is, for errors.
    /// - Throws: `FlowError` of kind `connector` for a brace that is not closed.
    init(_ text: String, what: String) throws {
        self.what = what
        var parts: [Part] = []
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            parts.append(.literal(String(rest[..<opening.lowerBound])))
            guard let closing = rest[opening.upperBound...].firstRange(of: "}}") else {
                throw FlowError(.connector, "the \(what) \"\(text)\" opens a parameter with {{ and does not close it")
            }
            let name = rest[opening.upperBound..<closing.lowerBound]
            parts.append(.parameter(name.split(separator: " ").joined(separator: " ")))
            rest = rest[closing.upperBound...]
        }
        parts.append(.literal(String(rest)))
        self.parts = parts
    }

    /// The text with its parameters filled in, once: a value that holds braces itself is taken as it is.
    ///
    /// - Throws: `FlowError` of kind `parameter` for a name that has no value.
    func text(_ params: [String: String], _ encode: (String) -> String = { $0 }) throws -> String {
        try text { name in
            guard let value = params[name], !value.isEmpty else {
                throw FlowError(.parameter, "parameter \"\(name)\" is missing; the \(what) \(description) needs it")
            }
            return encode(value)
        }
    }

    /// The same with a value for each name that is left.
    func text(_ value: (String) throws -> String, literal: (String) -> String = { $0 }) rethrows -> String {
        try parts.map { part in
            switch part {
            case .literal(let text): literal(text)
            case .parameter(let name): try value(name)
            }
        }.joined()
    }

    /// The template with those parameters filled in that have a value.
    func filling(_ params: [String: String]) -> TextTemplate {
        var template = self
        template.parts = parts.map { part in
            if case .parameter(let name) = part, let value = params[name], !value.isEmpty { return .literal(value) }
            return part
        }
        return template
    }

    /// Whether nothing is left to be filled in.
    var isComplete: Bool {
        parts.allSatisfy { part in
            if case .literal = part { true } else { false }
        }
    }

    var description: String {
        text { "{{\($0)}}" }
    }
}

import KisFlow

/// A path with parameters in it, such as `{{out}}/{{day}}/report.csv`.
struct PathTemplate: Sendable, Hashable {
    private enum Part: Hashable {
        case literal(String)
        case parameter(String)
    }

    private let parts: [Part]

    /// - Throws: `FlowError` of kind `connector` for a brace that is not closed.
    init(_ text: String) throws {
        var parts: [Part] = []
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            parts.append(.literal(String(rest[..<opening.lowerBound])))
            guard let closing = rest[opening.upperBound...].firstRange(of: "}}") else {
                throw FlowError(.connector, "the path \"\(text)\" opens a parameter with {{ and does not close it")
            }
            let name = rest[opening.upperBound..<closing.lowerBound]
            parts.append(.parameter(name.split(separator: " ").joined(separator: " ")))
            rest = rest[closing.upperBound...]
        }
        parts.append(.literal(String(rest)))
        self.parts = parts
    }

    /// The path with its parameters filled in, once: a value that holds braces itself is taken as it is.
    ///
    /// - Throws: `FlowError` of kind `parameter` for a name that has no value.
    func path(_ params: [String: String]) throws -> String {
        try parts.map { part in
            switch part {
            case .literal(let text): return text
            case .parameter(let name):
                guard let value = params[name], !value.isEmpty else {
                    throw FlowError(.parameter, "parameter \"\(name)\" is missing; the path \(text) needs it")
                }
                return value
            }
        }.joined()
    }

    private var text: String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .parameter(let name): "{{\(name)}}"
            }
        }.joined()
    }
}

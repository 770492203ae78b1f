extension ConditionText {
    /// A piece of a condition in words.
    enum Token: Hashable, CustomStringConvertible {
        /// A name with what is in its brackets, a keyword or a value.
        case word(String)
        case quoted(String)
        case symbol(String)

        var description: String {
            switch self {
            case .word(let text), .symbol(let text): "'\(text)'"
            case .quoted(let text): text.quotedForMessage()
            }
        }

        static func all(of text: String) throws(ConditionTextError) -> [Token] {
            var rest = text[...]
            var tokens: [Token] = []
            while let first = rest.first {
                if first.isWhitespace {
                    rest.removeFirst()
                } else if first == "\"" || first == "'" {
                    tokens.append(.quoted(try quoted(&rest)))
                } else if let symbol = ["==", "!=", ">=", "<=", ">", "<", "[", "]", ","].first(where: { rest.hasPrefix($0) }) {
                    tokens.append(.symbol(symbol))
                    rest.removeFirst(symbol.count)
                } else {
                    tokens.append(.word(try word(&rest)))
                }
            }
            return tokens
        }

        private static func quoted(_ rest: inout Substring) throws(ConditionTextError) -> String {
            let quote = rest.removeFirst()
            var text = ""
            while let next = rest.popFirst() {
                if next == quote { return text }
                // A backslash takes a quote or a backslash as it is; before all else it stays, for regular expressions.
                if next == "\\", let escaped = rest.first, escaped == quote || escaped == "\\" {
                    text.append(rest.removeFirst())
                } else {
                    text.append(next)
                }
            }
            throw ConditionTextError(message: "a text has no closing \(quote)")
        }

        /// Up to a space, a comma or an operator; brackets belong to it where they follow a name at once.
        private static func word(_ rest: inout Substring) throws(ConditionTextError) -> String {
            var text = ""
            while let next = rest.first, !next.isWhitespace, !",]=!<>\"'".contains(next) {
                text.append(rest.removeFirst())
                guard next == "[" else { continue }
                if rest.first == "\"" {
                    let key = try quoted(&rest)
                    text += key.quotedForMessage(limit: .max)
                }
                while let inside = rest.popFirst() {
                    text.append(inside)
                    if inside == "]" { break }
                }
            }
            guard !text.isEmpty else { throw ConditionTextError(message: "'\(rest.prefix(1))' is no operator") }
            return text
        }
    }
}

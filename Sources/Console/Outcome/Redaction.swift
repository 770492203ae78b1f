/// Keeps credentials out of messages.
package enum Redaction {
    /// The text with what stands between `://` and the last `@` of the same word replaced by `***`.
    package static func withoutCredentials(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "://") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let word = rest.prefix { !$0.isWhitespace && $0 != "'" && $0 != "\"" }
            guard let at = word.lastIndex(of: "@") else { continue }
            result += "***"
            rest = rest[at...]
        }
        return result + rest
    }
}

/// The keys of a definition as text for a terminal: what docs/dag-reference.md says, in short.
package enum DagKeyText {
    /// For each kind of object a heading, then its keys.
    package static var lines: [String] {
        DagKeys.groups.flatMap { group in ["\(group.name.rawValue):", ""] + group.keys.flatMap(lines) + [""] }.dropLast()
    }

    private static func lines(_ key: DagKey) -> [String] {
        guard !DagKeys.ignored.contains(key.name) else { return [] }
        let standard = key.isRequired ? "" : " Default: \(key.standard)."
        return ["  \(key.name)\(key.isRequired ? "*" : "")", "      \(plain(key.meaning))\(plain(standard))", "        \(key.example)"]
    }

    /// Without the marks of Markdown.
    private static func plain(_ text: String) -> String { text.replacing("`", with: "'") }
}

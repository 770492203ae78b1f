/// Looks, before the YAML parser does, for anchors and aliases that would cost it more than the file's size.
///
/// The parser keeps what an anchor names as a shared value, so a chain of anchors makes a tree of any depth, which it takes apart by
/// recursion; and it hashes keys, so a key that is an alias to lists of aliases costs time without bound. Definitions need neither. The
/// look is at the letters only: what stands in quotes counts too, but a file in which no name is used both as an anchor and as an alias
/// has nothing to fear.
struct YamlAliases {
    /// Chains of anchors can be as deep as there are anchors, each as deep as the parser allows (1,000 levels).
    static let maxAnchors = 32

    let text: YamlText

    /// Where something forbidden stands and what to do about it.
    func firstProblem() -> (position: YamlPosition, message: String)? {
        let anchors = names(after: "&")
        let aliases = names(after: "*")
        let used = Set(anchors.map(\.name)).intersection(aliases.map(\.name))
        guard !used.isEmpty else { return nil }
        let usedAnchors = anchors.filter { used.contains($0.name) }
        if usedAnchors.count > Self.maxAnchors {
            let message = "more than \(Self.maxAnchors) YAML anchors in one file; write the values out, or use a variable"
            return (text.position(of: usedAnchors[Self.maxAnchors].index), message)
        }
        let starts = aliases.filter { used.contains($0.name) }.map(\.end)
        guard let index = ([firstComplexKey()] + starts.filter(isKeyEnd)).compactMap(\.self).min() else { return nil }
        return (text.position(of: index), "in a file with YAML aliases a key must be a plain text: no list, object, alias or '?' before it")
    }

    private struct Name {
        var name: String
        var index: Int
        /// The index after the name.
        var end: Int
    }

    private func names(after sigil: Unicode.Scalar) -> [Name] {
        var names: [Name] = []
        var index = 0
        while index < text.scalars.count {
            defer { index += 1 }
            guard text.scalars[index] == sigil, startsToken(index) else { continue }
            let name = text.scalars[(index + 1)...].prefix {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
            }
            guard !name.isEmpty else { continue }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: name)
            names.append(Name(name: String(view), index: index, end: name.endIndex))
        }
        return names
    }

    private func startsToken(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        return " \t\r\n\u{85}\u{2028}\u{2029}[{,:".unicodeScalars.contains(text.scalars[index - 1])
    }

    private func isSpaceOrEnd(_ index: Int) -> Bool {
        index >= text.scalars.count || " \t\r\n\u{85}\u{2028}\u{2029}".unicodeScalars.contains(text.scalars[index])
    }

    /// Whether only blanks stand between here and a colon.
    private func isKeyEnd(_ index: Int) -> Bool {
        var index = index
        while index < text.scalars.count, text.scalars[index] == " " || text.scalars[index] == "\t" { index += 1 }
        return index < text.scalars.count && text.scalars[index] == ":"
    }

    private func firstComplexKey() -> Int? {
        text.scalars.indices.first { index in
            switch text.scalars[index] {
            case "?": startsToken(index) && isSpaceOrEnd(index + 1)
            case "]", "}": isKeyEnd(index + 1)
            default: false
            }
        }
    }
}

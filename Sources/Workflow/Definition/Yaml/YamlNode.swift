/// A place in a file: line and column, both from 1; columns count Unicode scalars.
struct YamlPosition: Hashable, Sendable {
    var line: Int
    var column: Int

    static let start = YamlPosition(line: 1, column: 1)
}

/// A YAML value with its place in the file, aliases and merges resolved, keys known to be texts and to be different.
struct YamlNode: Sendable {
    var position: YamlPosition
    var content: Content

    enum Content: Sendable {
        case scalar(YamlScalar)
        case list([YamlNode])
        /// The members in written order.
        case object([Member])
    }

    struct Member: Sendable {
        var key: String
        var keyPosition: YamlPosition
        var value: YamlNode
    }

    /// This node for messages: its kind, and what it is where that is short.
    var found: String {
        switch content {
        case .scalar(let scalar): scalar.found
        case .list(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .object: "an object"
        }
    }

    /// The node at a path below this one, or the deepest on the way that exists.
    func node(at steps: some Sequence<ValuePath.Step>) -> YamlNode {
        var node = self
        for step in steps {
            switch (step, node.content) {
            case (.key(let key), .object(let members)):
                guard let member = members.first(where: { $0.key == key }) else { return node }
                node = member.value
            case (.index(let index), .list(let elements)) where elements.indices.contains(index): node = elements[index]
            default: return node
            }
        }
        return node
    }
}

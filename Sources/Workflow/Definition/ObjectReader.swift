/// Reads the members of one YAML object by name, saying what is unknown, missing or of the wrong type.
struct ObjectReader {
    let node: YamlNode
    /// What the object is, in messages: `a task`.
    var what: String { group.what }
    /// What it may have; other keys are reported.
    let group: DagKeyGroup
    let log: ProblemLog
    private var members: [String: YamlNode.Member] = [:]

    /// - Returns: `nil`, after a report, if the node is not an object.
    init?(_ node: YamlNode, _ group: DagKeyGroup, log: ProblemLog) {
        self.node = node
        self.group = group
        self.log = log
        let what = group.what
        guard case .object(let found) = node.content else {
            log.error(
                node.position, "expected \(what), an object with the keys \(group.names.joined(separator: ", ")); found \(node.found)")
            return nil
        }
        for member in found {
            members[member.key] = member
            guard !group.has(member.key) else { continue }
            let known =
                NearestName.nearest(to: member.key, among: group.names).map { "did you mean '\($0)'?" }
                ?? "known are \(group.names.joined(separator: ", "))"
            log.error(member.keyPosition, "unknown key \(member.key.quotedForMessage()) in \(what); \(known)")
        }
    }

    subscript(key: String) -> YamlNode.Member? { members[key] }

    /// A member that is there and not null.
    func value(_ key: String) -> YamlNode? {
        guard let value = members[key]?.value else { return nil }
        if case .scalar(let scalar) = value.content, scalar.isNull { return nil }
        return value
    }

    func missing(_ key: String, _ advice: String) { log.error(node.position, "\(what) needs '\(key)': \(advice)") }

    func mismatch(_ key: String, _ value: YamlNode, expected: String) {
        log.error(value.position, "'\(key)' of \(what) must be \(expected), found \(value.found)")
    }

    /// The text of a scalar; a number or boolean is taken as it was written.
    func text(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard case .scalar(let scalar) = value.content else {
            mismatch(key, value, expected: "a text")
            return nil
        }
        return scalar.text
    }

    /// Texts: a list of them, or one that stands for a list of one.
    func texts(_ key: String) -> [TaskDraft.Named] {
        guard let value = value(key) else { return [] }
        switch value.content {
        case .scalar(let scalar): return [TaskDraft.Named(name: scalar.text, position: value.position)]
        case .object:
            mismatch(key, value, expected: "a text or a list of texts")
            return []
        case .list(let elements):
            return elements.compactMap { element in
                if case .scalar(let scalar) = element.content, !scalar.isNull {
                    return TaskDraft.Named(name: scalar.text, position: element.position)
                }
                mismatch(key, element, expected: "a list of texts")
                return nil
            }
        }
    }

    func list(_ key: String) -> [YamlNode] {
        guard let value = value(key) else { return [] }
        guard case .list(let elements) = value.content else {
            mismatch(key, value, expected: "a list")
            return []
        }
        return elements
    }

    /// The members of an object, in written order.
    func object(_ key: String, expected: String) -> [YamlNode.Member] {
        guard let value = value(key) else { return [] }
        guard case .object(let members) = value.content else {
            mismatch(key, value, expected: expected)
            return []
        }
        return members
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) -> Choice? where Choice.RawValue == String {
        guard let value = value(key), let text = text(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let expected = Self.alternatives(names)
        log.error(
            value.position, "'\(key)' of \(what) must be \(expected), found \(value.found)\(NearestName.hint(for: text, among: names))")
        return nil
    }

    /// `'a', 'b' or 'c'`.
    static func alternatives(_ names: [String]) -> String {
        let quoted = names.map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}

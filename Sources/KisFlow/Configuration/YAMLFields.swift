import Yams

/// Reads the keys of one YAML mapping and collects every mistake instead of stopping at the first.
///
/// Keys that were never asked for are mistakes as well; call ``finish()`` last.
struct YAMLFields {
    let file: String
    private let node: Node
    private let values: [String: Node]
    private var asked: Set<String> = []
    private(set) var issues: [ConfigurationIssue] = []

    /// `nil` and an issue when the node is no mapping.
    init(_ node: Node, file: String, what: String) {
        self.file = file
        self.node = node
        guard case .mapping(let mapping) = node else {
            values = [:]
            report("\(what) must be a mapping of keys to values", at: node)
            return
        }
        let pairs = mapping.map { ($0.key.string ?? "", $0.value) }
        values = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// The value under the first of these spellings that is present and not null.
    mutating func value(_ spellings: String...) -> Node? {
        find(spellings)
    }

    mutating func text(_ spellings: String...) -> String? {
        guard let node = find(spellings) else { return nil }
        return text(of: node, called: spellings[0])
    }

    /// What a thing is called, and the id that the older spelling gives it. A thing with an id only is called by its id.
    mutating func name(_ key: String, older: String) -> (name: String?, id: String?) {
        let isPresent = find([key, older]) != nil
        let id = text(older)
        let name = text(key) ?? id
        if !isPresent || name == "" { report("\(key) is missing") }
        return (name == "" ? nil : name, id)
    }

    mutating func number(_ spellings: String...) -> Int? {
        guard let node = find(spellings) else { return nil }
        if let number = node.int { return number }
        report("\(spellings[0]) must be a whole number", at: node)
        return nil
    }

    /// A whole number of things, at least 1.
    mutating func count(_ key: String) -> Int? {
        guard let number = number(key) else { return nil }
        if number >= 1 { return number }
        report("\(key) is \(number), it must be at least 1", at: find([key]))
        return nil
    }

    /// A number from 0 to 1.
    mutating func ratio(_ key: String) -> Double? {
        guard let node = find([key]) else { return nil }
        if let number = node.float, (0...1).contains(number) { return number }
        report("\(key) must be a number from 0 to 1", at: node)
        return nil
    }

    /// A program with its arguments, as a list; a text is a line for the shell.
    mutating func command(_ key: String) -> [String] {
        guard let node = find([key]) else { return [] }
        if case .scalar(let scalar) = node { return ["/bin/sh", "-c", scalar.string] }
        return texts(key)
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let node = find([key]) else { return nil }
        if let flag = node.bool { return flag }
        report("\(key) must be true or false", at: node)
        return nil
    }

    mutating func texts(_ key: String) -> [String] {
        guard let node = find([key]) else { return [] }
        guard case .sequence(let items) = node else {
            report("\(key) must be a list", at: node)
            return []
        }
        return items.compactMap { text(of: $0, called: "an entry of \(key)") }
    }

    /// A mapping of texts; numbers and truth values are taken as they are written.
    mutating func dictionary(_ spellings: String...) -> [String: String] {
        guard let node = find(spellings) else { return [:] }
        guard case .mapping(let mapping) = node else {
            report("\(spellings[0]) must be a mapping of keys to values", at: node)
            return [:]
        }
        let pairs = mapping.map { pair in
            (pair.key.string ?? "", pair.value.isNull ? "" : text(of: pair.value, called: "\(spellings[0]).\(pair.key.string ?? "")") ?? "")
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    mutating func report(_ message: String, at node: Node? = nil) {
        let mark = (node ?? self.node).mark
        issues.append(ConfigurationIssue(message, file: file, line: mark?.line, column: mark?.column))
    }

    /// Reports the keys that nobody asked for.
    mutating func finish() {
        guard case .mapping(let mapping) = node else { return }
        for (key, _) in mapping where !asked.contains(key.string ?? "") {
            let name = key.string ?? "?"
            report("unknown key \"\(name)\"\(NearestName.hint(for: name, among: asked.sorted()))", at: key)
        }
    }

    private mutating func find(_ spellings: [String]) -> Node? {
        asked.formUnion(spellings)
        return spellings.lazy.compactMap { [values] in values[$0] }.first { !$0.isNull }
    }

    private mutating func text(of node: Node, called name: String) -> String? {
        if case .scalar(let scalar) = node { return scalar.string }
        report("\(name) must be a text", at: node)
        return nil
    }
}

extension Node {
    var isNull: Bool { tag == Tag(.null) }

    var place: (line: Int?, column: Int?) { (mark?.line, mark?.column) }
}

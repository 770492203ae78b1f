@testable import Workflow

/// What docs/dag-reference.md says between its marks: tables of the keys and of the parameters of built-in actions.
enum DagReference {
    /// The text with everything between `<!-- keys: NAME -->` or `<!-- actions -->` and `<!-- end -->` made anew.
    static func updated(_ text: String) -> String {
        var result: [Substring] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "<!-- end -->" { isInside = false }
            if !isInside { result.append(line) }
            guard let section = section(line) else { continue }
            isInside = true
            result += section.split(separator: "\n", omittingEmptySubsequences: false)
        }
        return result.joined(separator: "\n")
    }

    private static func section(_ line: Substring) -> String? {
        if line == "<!-- actions -->" { return BuiltInParameters.all.map(actions).joined(separator: "\n\n") }
        guard line.hasPrefix("<!-- keys: "), line.hasSuffix(" -->") else { return nil }
        return DagKeys.groups.first { $0.name.rawValue == line.dropFirst(11).dropLast(4) }.map(keys)
    }

    private static func keys(_ group: DagKeyGroup) -> String {
        let rows = group.keys.map { key in
            "| `\(key.name)` | \(key.type.words) | \(key.isRequired ? "must be given" : key.standard) | \(key.meaning) | `\(key.example)` |"
        }
        return ([group.introduction, "", "| Key | Value | Default | Meaning | Example |", "| --- | --- | --- | --- | --- |"] + rows)
            .joined(separator: "\n")
    }

    private static func actions(_ table: BuiltInParameters) -> String {
        let rows = table.parameters.map { "| `\($0.name)` | \($0.kind.words) | \($0.meaning) |" }
        var notes: [String] = []
        if !table.oneOf.isEmpty {
            let names = table.oneOf.map { "`\($0)`" }.joined(separator: ", ")
            notes.append(table.oneOf.count == 1 ? "\(names) must be given." : "Exactly one of \(names) must be given.")
        }
        if table.isOpen { notes.append("Takes any other parameter too.") }
        return
            (["### \(table.action)", "", notes.joined(separator: " "), "", "| Parameter | Value | Meaning |", "| --- | --- | --- |"] + rows)
            .joined(separator: "\n").replacing("\n\n\n", with: "\n")
    }
}

extension DagKeyType {
    var words: String {
        switch self {
        case .text: "text"
        case .bool: "`true` or `false`"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .integer(let range): "whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
        case .seconds: "[time](#times), whole seconds"
        case .time: "[time](#times)"
        case .texts: "text, or list of texts"
        case .labels: "object of texts"
        case .any: "any value"
        case .members: "object"
        case .items: "list, or template"
        case .when: "text, \(Self.link(.condition)), or list of them"
        case .object(let name): Self.link(name)
        case .list(let name): "list of \(Self.link(name))"
        case .map(let name): "object of \(Self.link(name)), by name"
        case .itemsOr(let name): "list, template, or \(Self.link(name))"
        }
    }

    private static func link(_ name: DagKeyGroup.Name) -> String { "[\(name.rawValue)](#\(name.rawValue.lowercased()))" }
}

extension BuiltInParameters.Kind {
    var words: String {
        switch self {
        case .text: "text"
        case .integer(let range): "whole number from \(range.lowerBound) to \(range.upperBound)"
        case .time: "[time](#times)"
        case .date: "date and time"
        case .texts: "text, or list of texts"
        case .integers: "list of whole numbers"
        case .object: "object of texts"
        case .list: "list"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .any: "any value"
        }
    }
}

import Testing

@testable import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// With SWIFTFLOW_UPDATE_DOCS=1 the files are written instead of compared.
@Suite("The reference of definitions")
struct DagReferenceTests {
    private static let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    private static let isUpdate = ProcessInfo.processInfo.environment["SWIFTFLOW_UPDATE_DOCS"] == "1"

    private static func read(_ path: String) throws -> String { try String(contentsOfFile: "\(repository)/\(path)", encoding: .utf8) }

    private func expect(_ path: String, _ content: String) throws {
        if Self.isUpdate { try content.write(toFile: "\(Self.repository)/\(path)", atomically: true, encoding: .utf8) }
        #expect(try Self.read(path) == content, "run SWIFTFLOW_UPDATE_DOCS=1 swift test --filter DagReferenceTests")
    }

    @Test("docs/dag-reference.md has the tables of the keys that the readers take")
    func reference() throws {
        let text = try Self.read("docs/dag-reference.md")
        for group in DagKeys.groups { #expect(text.contains("<!-- keys: \(group.name.rawValue) -->")) }
        try expect("docs/dag-reference.md", DagReference.updated(text))
    }

    @Test("docs/dag.schema.json is made of the same table")
    func schema() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try expect("docs/dag.schema.json", String(decoding: try encoder.encode(DagSchema.document), as: UTF8.self) + "\n")
    }

    private static let examples = DagKeys.groups.flatMap { group in group.keys.map { (group.name, $0) } }

    @Test(
        "the example of each key is read without a mistake",
        arguments: examples.map { ($0.0, $0.1.name, $0.1.example) })
    func example(group: DagKeyGroup.Name, key: String, example: String) throws {
        let result = DagParser.parse(Self.document(group, key, example), file: "d.yaml", known: known)
        #expect(result.problems.filter { $0.severity == .error }.map(\.description) == [])
        #expect(result.dag != nil)
    }

    @Test("the snippets of the reference are definitions without mistakes")
    func snippets() throws {
        let parts = try Self.read("docs/dag-reference.md").split(separator: "```yaml\n").dropFirst()
        #expect(!parts.isEmpty)
        for part in parts {
            let text = String(part[..<(part.firstRange(of: "```")?.lowerBound ?? part.endIndex)])
            #expect(DagParser.parse(text, file: "snippet.yaml", known: known).problems.map(\.description) == [])
        }
    }

    /// A definition that has the example in its place.
    private static func document(_ group: DagKeyGroup.Name, _ key: String, _ example: String) -> String {
        func task(_ line: String, first: String = "{id: first, action: print}") -> String { "tasks:\n- \(first)\n- {\(line)}" }
        let base = "id: a, action: print"
        switch group {
        case .dag: return key == "tasks" ? example : "tasks: [{\(base)}]\n\(example)"
        case .variable:
            let more = [
                "values": ", type: enum, required: false", "required": "", "desc": ", required: false", "pattern": ", required: false",
            ]
            return "tasks: [{\(base)}]\nvars: {v: {\(example)\(more[key] ?? "")}}"
        case .task:
            switch key {
            case "id": return task("\(example), action: print")
            case "actionName", "action":
                return task(
                    "id: a, \(example), params: {message: x, command: x}".replacing(
                        example.hasSuffix("shell") ? "message: x, " : ", command: x", with: ""))
            default: return task("\(base), \(example)")
            }
        case .retry: return task("\(base), retry: {\(key == "limit" ? example : "limit: 1, \(example)")}")
        case .backoff: return task("\(base), retry: {limit: 1, backoff: {\(example)}}")
        case .preCheck:
            return task("\(base), preCheck: {c: {\(key == "act" ? example + ", conditions: []" : "act: skip, \(example)")}}")
        case .condition:
            let others = ["source": "source: share-data", "key": "key: k", "op": "op: in", "values": "values: [a]"]
            let rest = others.filter { $0.key != key }.values.sorted().joined(separator: ", ")
            return task("\(base), when: [{\(example), \(rest)}]")
        case .forEach: return task("\(base), forEach: {\(key == "items" ? example : "items: [a], \(example)")}")
        }
    }
}

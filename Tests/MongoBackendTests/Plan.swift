import BSON
import MongoDriver
import Testing

@testable import MongoBackend

/// How the server carried a query out.
struct Plan: CustomStringConvertible {
    /// Stages of the winning plan, outermost first.
    private(set) var stages: [String] = []
    private(set) var indexes: Set<String> = []
    let returned: Int64
    let documentsExamined: Int64
    let keysExamined: Int64

    init(_ explained: Document) throws {
        func number(_ key: String) throws -> Int64 {
            try #require(explained[path: "executionStats", key]?.int64Value, "the server's answer has no executionStats.\(key)")
        }
        returned = try number("nReturned")
        documentsExamined = try number("totalDocsExamined")
        keysExamined = try number("totalKeysExamined")
        collect(try #require(explained[path: "queryPlanner", "winningPlan"], "the server's answer has no winning plan"))
    }

    private mutating func collect(_ value: BSONValue) {
        if let document = value.documentValue {
            if let stage = document["stage"]?.stringValue { stages.append(stage) }
            if let index = document["indexName"]?.stringValue { indexes.insert(index) }
            for (_, member) in document { collect(member) }
        } else {
            for element in value.arrayValue ?? [] { collect(element) }
        }
    }

    var description: String {
        "\(stages.joined(separator: " < ")) on \(indexes.sorted()), \(returned) returned, \(documentsExamined) documents and \(keysExamined) keys examined"
    }
}

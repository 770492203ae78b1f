import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Files keep what connectors promise")
struct FileConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let name: String
        var params: [String: String] = [:]
        var testDescription: String { "\(type) \(name) \(params)" }

        func definition(_ folder: String) -> ConnectorDefinition {
            ConnectorDefinition(name: "file", type: type, address: folder, key: name, params: params)
        }
    }

    static let flat = [
        Case(type: "csv", name: "x.csv"), Case(type: "csv", name: "x.csv.gz"), Case(type: "tsv", name: "x.tsv"),
        Case(type: "file", name: "x.tsv.gz"),
        Case(type: "csv", name: "x", params: ["delimiter": ";", "missing": "NA,null", "columns": "flag,number,maybe,text,id"]),
        Case(type: "csv", name: "x", params: ["header": "false", "columns": "flag,number,maybe,text,id"]),
    ]
    static let lines = [
        Case(type: "jsonl", name: "x.jsonl"), Case(type: "jsonl", name: "x.jsonl.gz"), Case(type: "file", name: "x.ndjson"),
        Case(type: "jsonl", name: "x", params: ["compression": "gzip"]), Case(type: "jsonl", name: "x.gz", params: ["compression": "none"]),
    ]

    let flat = ConnectorConformance(make: { try FileConnector($0) }, rows: FlatRow.examples)
    let nested = ConnectorConformance(make: { try FileConnector($0) }, rows: NestedRow.examples)

    private func inFolder<Row>(
        _ file: Case, _ conformance: ConnectorConformance<Row>,
        _ check: (ConnectorConformance<Row>) -> (ConnectorDefinition, SourceLocation) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in try await check(conformance)(file.definition(folder), #_sourceLocation) }
    }

    @Test("rows come back as they were saved", arguments: flat + lines)
    func roundTrip(file: Case) async throws { try await inFolder(file, flat) { $0.roundTrip } }

    @Test("nested rows come back as they were saved", arguments: lines)
    func nesting(file: Case) async throws { try await inFolder(file, nested) { $0.roundTrip } }

    @Test("no rows are no rows", arguments: lines + flat.filter { $0.params["columns"] != nil })
    func empty(file: Case) async throws { try await inFolder(file, flat) { $0.empty } }

    @Test("the rows of many batches become one file", arguments: flat + lines)
    func writing(file: Case) async throws { try await inFolder(file, flat) { $0.writing } }

    @Test("loading goes on behind any batch", arguments: flat + lines)
    func resuming(file: Case) async throws { try await inFolder(file, flat) { $0.resuming } }

    @Test("saving twice is saving once", arguments: flat + lines)
    func savingTwice(file: Case) async throws { try await inFolder(file, flat) { $0.savingTwice } }

    @Test("a run can be cancelled while it loads", arguments: [flat[0], lines[0]])
    func cancelling(file: Case) async throws { try await inFolder(file, flat) { $0.cancelling } }

    @Test("a path that leads nowhere is named")
    func unreachable() async throws {
        try await withTemporaryFolder { folder in
            try write("", to: "\(folder)/file")
            let definition = ConnectorDefinition(name: "file", type: "jsonl", address: "\(folder)/file/x.jsonl")
            try await flat.unreachable(definition, names: "\(folder)/file")
        }
    }
}

import KisFlow
import Synchronization
import Testing

/// What every connector promises, to be asked of one of your own as well: make a value for it in a test, and call the methods that apply.
///
/// Each method takes a definition of a place that holds nothing yet.
struct ConnectorConformance<Row: Codable & Sendable & Equatable> {
    let make: @Sendable (ConnectorDefinition) throws -> any Connector
    /// Different rows, in an order in which they are found again.
    let rows: [Row]
    /// Whether rows come back in the order in which they were saved.
    var isOrdered = true

    private func request(_ definition: ConnectorDefinition, batch: Int = 1_000, resume: FieldValue? = nil) -> ConnectorRequest {
        ConnectorRequest(
            connector: definition, flow: "flow", function: "function", mode: .load, params: [:], resume: resume,
            batch: BatchPolicy(maxRows: batch))
    }

    private func with<Result>(_ definition: ConnectorDefinition, _ body: (any Connector) async throws -> Result) async throws -> Result {
        let connector = try make(definition)
        do {
            let result = try await body(connector)
            await connector.close()
            return result
        } catch {
            await connector.close()
            throw error
        }
    }

    private func batches(_ connector: any Connector, _ request: ConnectorRequest) async throws -> [RowBatch<Row>] {
        var batches: [RowBatch<Row>] = []
        try await connector.load(Row.self, request) { batches.append($0) }
        return batches
    }

    private func expect(_ found: [Row], _ wanted: [Row], _ place: SourceLocation) {
        if isOrdered {
            #expect(found == wanted, sourceLocation: place)
        } else {
            #expect(found.count == wanted.count, sourceLocation: place)
            #expect(wanted.allSatisfy(found.contains), sourceLocation: place)
        }
    }

    /// Rows come back as they were saved, by another connector of the same definition, in batches of the size asked for.
    func roundTrip(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { try await $0.save(rows, request(definition)) }
        try await with(definition) { connector in
            for size in [1, 2, 1_000] {
                let batches = try await batches(connector, request(definition, batch: size))
                #expect(batches.allSatisfy { $0.rows.count <= size && $0.bad.isEmpty && !$0.rows.isEmpty }, sourceLocation: place)
                expect(batches.flatMap(\.rows), rows, place)
            }
        }
    }

    /// Saving no rows makes none.
    func empty(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { connector in
            try await connector.save([Row](), request(definition))
            #expect(try await batches(connector, request(definition)).isEmpty, sourceLocation: place)
        }
    }

    /// A writer keeps what was committed, over many batches.
    func writing(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { connector in
            let writer = try await connector.writer(request(definition))
            for row in rows {
                try await writer.write([row])
                _ = try await writer.commit(durable: false)
            }
            try await writer.finish()
            expect(try await batches(connector, request(definition)).flatMap(\.rows), rows, place)
        }
    }

    /// Loading goes on behind every batch that had a position.
    func resuming(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { connector in
            try await connector.save(rows, request(definition))
            for size in [1, 2] {
                let all = try await batches(connector, request(definition, batch: size))
                for (number, batch) in all.enumerated() {
                    let position = try #require(batch.position, sourceLocation: place)
                    let rest = try await batches(connector, request(definition, batch: size, resume: position))
                    expect(rest.flatMap(\.rows), all[(number + 1)...].flatMap(\.rows), place)
                }
            }
        }
    }

    /// Saving the same rows again changes nothing.
    func savingTwice(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { connector in
            try await connector.save(rows, request(definition))
            try await connector.save(rows, request(definition))
            expect(try await batches(connector, request(definition)).flatMap(\.rows), rows, place)
        }
    }

    /// A store that is not there is an error of kind `connector` that names it, in bounded time, for loading and saving.
    func unreachable(
        _ definition: ConnectorDefinition, names address: String, never secret: String? = nil, place: SourceLocation = #_sourceLocation
    ) async throws {
        try await with(definition) { connector in
            let loading = try await flowError { _ = try await batches(connector, request(definition)) }
            let saving = try await flowError { try await connector.save(rows, request(definition)) }
            for error in [loading, saving] {
                #expect(error.kind == .connector, sourceLocation: place)
                #expect(error.description.contains(address), "\(error)", sourceLocation: place)
                if let secret { #expect(!error.description.contains(secret), sourceLocation: place) }
            }
        }
    }

    /// A run that is cancelled while it loads ends, and the connector can be used again.
    func cancelling(_ definition: ConnectorDefinition, place: SourceLocation = #_sourceLocation) async throws {
        try await with(definition) { connector in
            try await connector.save(rows, request(definition))
            let loading = request(definition, batch: 1)
            let (taken, gate) = AsyncStream.makeStream(of: Void.self)
            await #expect(throws: CancellationError.self, sourceLocation: place) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await connector.load(Row.self, loading) { _ in
                            gate.yield()
                            // Ends only when the run is cancelled.
                            for await _ in AsyncStream<Void>.makeStream().stream {}
                            try Task.checkCancellation()
                        }
                    }
                    for await _ in taken { break }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            expect(try await batches(connector, request(definition)).flatMap(\.rows), rows, place)
        }
    }
}

/// Rows with every kind of field that most stores take.
struct FlatRow: Codable, Sendable, Hashable {
    var id: Int
    var text: String
    var maybe: String?
    var number: Double
    var flag: Bool

    static let examples =
        [
            "plain", "", "ünï 漢字 🎏", "with, comma; \"quotes\" and \\", "two\nlines\r\nand\ttabs", "42", "null", "true", " spaces ", "{}",
            "{{x}}",
            "a\u{0}b", "e\u{301}",
        ].enumerated().map { number, text in
            FlatRow(id: number + 1, text: text, maybe: number % 2 == 0 ? nil : text, number: Double(number) / 3, flag: number % 3 == 0)
        } + [
            FlatRow(id: .max, text: "largest", maybe: nil, number: .greatestFiniteMagnitude, flag: true)
        ]
}

/// Rows with what only some stores take.
struct NestedRow: Codable, Sendable, Hashable {
    struct Inner: Codable, Sendable, Hashable {
        var name: String
        var tags: [String]
    }

    var id: Int
    var inner: Inner?
    var list: [Int]
    var map: [String: Double?]

    static let examples = [
        NestedRow(id: 1, inner: nil, list: [], map: [:]),
        NestedRow(id: 2, inner: Inner(name: "ö \"x\"", tags: []), list: [1, -2, .max, .min], map: ["a": 0.5, "": -1e-9]),
        NestedRow(id: 3, inner: Inner(name: "", tags: ["", "b\n"]), list: [0], map: ["k.with.dots": 2, "$dollar": 3]),
    ]
}

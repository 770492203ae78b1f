import BSON
import Foundation
import KisConnectors
import KisFlow
import MongoDriver
import Testing

private enum TestMongo {
    static let url = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"].flatMap { $0.isEmpty ? nil : $0 }
}

@Suite(
    "Rows in MongoDB",
    .enabled(
        if: TestMongo.url != nil,
        "SWIFTFLOW_TEST_MONGODB is not set; deploy/mongod run --env SWIFTFLOW_TEST_MONGODB -- swift test"))
struct MongoConnectorTests {
    struct Row: Codable, Sendable, Hashable {
        var _id: Int
        var text: String
        var maybe: String?
        var number: Double
        var nested: NestedRow

        static let examples = zip(FlatRow.examples.dropLast(), 0...).map { row, number in
            Row(
                _id: row.id, text: row.text.replacing("\u{0}", with: "0"), maybe: row.maybe?.replacing("\u{0}", with: "0"),
                number: row.number,
                nested: NestedRow.examples[number % 3])
        }
    }

    /// A collection of a database of its own, which is dropped afterwards.
    private func withPlace(_ params: [String: String] = [:], _ body: (ConnectorDefinition, MongoClient) async throws -> Void) async throws {
        let database = "test_kisconnectors_\(ObjectID.random())"
        let url = try #require(TestMongo.url)
        let definition = ConnectorDefinition(name: "mongo", type: "mongodb", address: url, key: "\(database).rows", params: params)
        let client = try MongoClient(MongoConfiguration(url: url))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(definition, client))
        } catch {
            result = .failure(error)
        }
        try? await client.run("drop") { try $0.dropDatabase(database) }
        await client.close()
        try result.get()
    }

    private func namespace(_ definition: ConnectorDefinition) -> Namespace {
        let parts = definition.key.split(separator: ".").map(String.init)
        return Namespace(parts[0], parts[1])
    }

    private func insert(_ documents: [Document], _ definition: ConnectorDefinition, _ client: MongoClient) async throws {
        let place = namespace(definition)
        _ = try await client.run("insert") { try $0.bulk(place, documents.map { .insert($0) }) }
    }

    private func request(_ definition: ConnectorDefinition, batch: Int = 1_000, resume: FieldValue? = nil) -> ConnectorRequest {
        ConnectorRequest(
            connector: definition, flow: "f", function: "f", mode: .load, params: [:], resume: resume, batch: BatchPolicy(maxRows: batch))
    }

    private func use<Result>(_ definition: ConnectorDefinition, _ body: (MongoConnector) async throws -> Result) async throws -> Result {
        let connector = try MongoConnector(definition)
        do {
            let result = try await body(connector)
            await connector.close()
            return result
        } catch {
            await connector.close()
            throw error
        }
    }

    private func load<Row: Codable & Sendable>(_ type: Row.Type, _ definition: ConnectorDefinition) async throws -> [Row] {
        try await use(definition) { connector in
            var rows: [Row] = []
            try await connector.load(type, request(definition)) { rows += $0.rows }
            return rows
        }
    }

    private func save(_ rows: [some Codable & Sendable], _ definition: ConnectorDefinition) async throws {
        try await use(definition) { try await $0.save(rows, request(definition)) }
    }

    @Test(
        "collections keep what connectors promise",
        arguments: [[:], ["mode": "upsert"], ["sort": "{\"number\": 1}"], ["extended": "false"]])
    func promises(params: [String: String]) async throws {
        let conformance = ConnectorConformance(make: { try MongoConnector($0) }, rows: Row.examples)
        let checks: [(ConnectorDefinition, SourceLocation) async throws -> Void] = [
            conformance.roundTrip, conformance.empty, conformance.writing, conformance.resuming, conformance.savingTwice,
            conformance.cancelling,
        ]
        for check in checks { try await withPlace(params) { definition, _ in try await check(definition, #_sourceLocation) } }
    }

    @Test("a server that is not there is named in bounded time, and no secret is")
    func unreachable() async throws {
        let definition = ConnectorDefinition(
            name: "m", type: "mongodb", address: "mongodb://me:geheim@127.0.0.1:1/d?replicaSet=rs0", key: "rows",
            params: ["connect_timeout": "300"])
        try await ConnectorConformance(make: { try MongoConnector($0) }, rows: Row.examples)
            .unreachable(definition, names: "127.0.0.1:1", never: "geheim")
    }

    @Test("documents with ids of any type are all read, from any position")
    func ids() async throws {
        try await withPlace { definition, client in
            let ids: [BSONValue] = [
                .minKey, .null, .double(.nan), -5, 2, .int64(1 << 40), 2.5, .double(.infinity), "", "b", "ü", ["a": 1], ["a": 2],
                .binary(subtype: 0, bytes: [1]), .objectID(ObjectID.random()), false, true, .date(BSONDate(milliseconds: 5)),
                .timestamp(BSONTimestamp(seconds: 1, increment: 1)), .maxKey,
            ]
            try await insert(ids.enumerated().map { ["_id": $0.element, "n": .int32(Int32($0.offset))] }, definition, client)
            let numbers = try await load([String: FieldValue].self, definition).compactMap { $0["n"] }
            #expect(Set(numbers).count == ids.count && numbers.count == ids.count)
            try await use(definition) { connector in
                var batches: [RowBatch<[String: FieldValue]>] = []
                try await connector.load([String: FieldValue].self, request(definition, batch: 1)) { batches.append($0) }
                for (number, batch) in batches.enumerated() {
                    var rest: [FieldValue?] = []
                    let position: FieldValue = try #require(batch.position)
                    let resumed = request(definition, batch: 3, resume: position)
                    try await connector.load([String: FieldValue].self, resumed) { rest += $0.rows.map { $0["n"] } }
                    #expect(rest == numbers[(number + 1)...].map { $0 })
                }
            }
        }
    }

    @Test("what JSON has no form for comes as texts that people can read, or so that the same BSON can be saved again")
    func types() async throws {
        try await withPlace { definition, client in
            let decimal = try #require(BSONDecimal128(bytes: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3E, 0xB0]))
            let document: Document = [
                "_id": .objectID(try #require(ObjectID("0123456789abcdef01234567"))), "at": .date(BSONDate(milliseconds: 1_500)),
                "decimal": .decimal128(decimal), "binary": .binary(subtype: 4, bytes: [1, 2, 3]), "long": .int64(.max), "int": 5,
                "double": 5.0, "nan": .double(.nan), "time": .timestamp(BSONTimestamp(seconds: 1, increment: 2)),
                "regex": .regex(pattern: "a\"b", options: "i"), "code": .javascript("x\n"), "min": .minKey, "list": [1, nil, ["a": "b"]],
            ]
            try await insert([document], definition, client)
            let row = try #require(try await load([String: FieldValue].self, definition).first)
            #expect(row["_id"] == .string("0123456789abcdef01234567") && row["at"] == .string("1970-01-01T00:00:01.500Z"))
            #expect(row["decimal"] == .string("-1E-88") || row["decimal"] != .null)
            #expect(row["long"] == .int(.max) && row["nan"] == .string("NaN") && row["binary"] == .string("AQID"))
            var copy = definition
            copy.key += "_copy"
            copy.params = ["extended": "true"]
            var source = definition
            source.params = ["extended": "true"]
            try await save(try await load(String.self, source), copy)
            let place = namespace(copy)
            let saved = try await client.run("read") { try $0.find(place, limit: 2) }
            #expect(saved == [document], "\(saved)")
        }
    }

    @Test(
        "decimals are written and read without losing a digit",
        arguments: [
            "0", "1", "-1", "0.1", "1E+6111", "1E-6176", "-12.345", "0.000001", "1E-7", "9999999999999999999999999999999999", "NaN",
            "Infinity",
        ])
    func decimals(text: String) async throws {
        try await withPlace(["extended": "true"]) { definition, _ in
            try await save(["{\"_id\":1,\"d\":{\"$numberDecimal\":\"\(text)\"}}"], definition)
            let row = try #require(try await load([String: FieldValue].self, definition).first)
            #expect(row["d"] == .object(["$numberDecimal": .string(text)]))
        }
    }

    @Test("filter, projection and sort choose what is loaded")
    func choosing() async throws {
        try await withPlace([
            "filter": "{\"score\": {\"$gte\": 2}, \"_id\": {\"$ne\": 7}}", "sort": "{\"score\": -1, \"_id\": 1}",
            "projection": "{\"score\": 0}",
        ]) { definition, client in
            try await insert((0..<10).map { ["_id": .int32($0), "score": .int32($0 / 2)] }, definition, client)
            let rows = try await load([String: Int].self, definition)
            #expect(rows == [8, 9, 6, 4, 5].map { ["_id": $0] })
        }
    }

    @Test("a filter takes parameters of the run, and nothing in them changes what it asks")
    func filterParameters() async throws {
        try await withPlace(["filter": "{\"name\": \"{{name}}\"}"]) { definition, client in
            let names = ["a", "b\"}", "\", \"name\": {\"$ne\": \"\"}, \"x\": \""]
            try await insert(names.enumerated().map { ["_id": .int32(Int32($0.offset)), "name": .string($0.element)] }, definition, client)
            try await use(definition) { connector in
                for (id, name) in names.enumerated() {
                    var request = request(definition)
                    request.params = ["name": name]
                    var found: [FieldValue?] = []
                    try await connector.load([String: FieldValue].self, request) { found += $0.rows.map { $0["_id"] } }
                    #expect(found == [.int(id)])
                }
                let error = try await flowError { try await connector.load(String.self, request(definition)) { _ in } }
                #expect(error.kind == .parameter)
            }
        }
    }

    @Test("a row whose id is there already with other content is an error; upsert replaces it")
    func duplicates() async throws {
        try await withPlace { definition, _ in
            try await save([["_id": 1, "a": 1], ["_id": 2, "a": 1]], definition)
            let error = try await flowError { try await save([["_id": 3, "a": 1], ["_id": 2, "a": 2]], definition) }
            #expect(
                error.kind == .connector && error.description.contains("row 1 for") && error.description.contains("mode: upsert"),
                "\(error)")
            var upserting = definition
            upserting.params = ["mode": "upsert"]
            try await save([["_id": 2, "a": 2], ["_id": 4, "a": 1], ["_id": 4, "a": 5]], upserting)
            let rows = try await load([String: Int].self, definition)
            #expect(rows == [["_id": 1, "a": 1], ["_id": 2, "a": 2], ["_id": 3, "a": 1], ["_id": 4, "a": 5]])
        }
    }

    @Test("rows are found by the fields under by, and one without them is an error")
    func upsertBy() async throws {
        try await withPlace(["by": "carrier, day"]) { definition, client in
            let rows: [[String: FieldValue]] = (0..<20).map { ["carrier": .string("c\($0 % 3)"), "day": .int($0 % 2), "n": .int($0)] }
            try await save(rows, definition)
            try await save(rows, definition)
            let place = namespace(definition)
            let found = try await client.run("read") { try $0.find(place, limit: 100) }
            #expect(found.count == 6)
            #expect(Set(found.compactMap { $0["n"]?.int64Value }) == Set(14..<20))
            let error = try await flowError { try await save([["carrier": "x"]], definition) }
            #expect(error.description.contains("has no field \"day\" to be found by"), "\(error)")
        }
    }

    @Test("a collection larger than a batch flows in batches of that size")
    func large() async throws {
        try await withPlace { definition, client in
            try await insert((0..<5_500).map { ["_id": .int32($0)] }, definition, client)
            try await use(definition) { connector in
                var sizes: [Int] = []
                try await connector.load([String: Int].self, request(definition, batch: 2_000)) { sizes.append($0.rows.count) }
                #expect(sizes == [2_000, 2_000, 1_500])
            }
        }
    }

    @Test("rows that do not decode are bad rows that name the collection")
    func badRows() async throws {
        try await withPlace { definition, client in
            try await insert([["_id": 1, "id": 1, "score": 1], ["_id": 2, "id": "x"]], definition, client)
            try await use(definition) { connector in
                var bad: [BadRow] = []
                try await connector.load(Score.self, request(definition)) { bad += $0.bad }
                #expect(bad.map(\.source) == [definition.key])
                #expect(bad.first?.field == "id")
            }
        }
    }

    @Test("the address can come from the environment, and dead letters can be saved")
    func environment() async throws {
        try await withPlace { definition, client in
            setenv("KISFLOW_TEST_MONGO_URL", definition.address, 1)
            var hidden = definition
            hidden.address = ""
            hidden.params = ["url_env": "KISFLOW_TEST_MONGO_URL"]
            var flow = TestFlow()
            try flow.registry.registerConnectors()
            flow.connector(hidden)
            try flow.add(FunctionDefinition(name: "use", mode: .verify, onError: .deadLetter("mongo"))) { (_: [Score], _: FlowContext) in
                .next
            }
            _ = try await flow.flow().run(FlowRows(["{}", "{\"id\":1}"]))
            let place = namespace(definition)
            let letters = try await client.run("read") { try $0.find(place, limit: 10) }
            #expect(letters.compactMap { $0["function"]?.stringValue } == ["use", "use"])
        }
    }

    @Test(
        "settings that make no sense are refused",
        arguments: [
            ["filter": "{"], ["filter": "[1]"], ["sort": "x"], ["mode": "replace"], ["mode": "insert", "by": "a"], ["batch_rows": "0"],
            ["url_env": "KISFLOW_TEST_NOT_SET"], ["filter": "{\"_id\": {\"$oid\": \"x\"}}"],
        ])
    func mistakes(params: [String: String]) throws {
        let definition = ConnectorDefinition(name: "m", type: "mongodb", address: "mongodb://localhost/d", key: "c", params: params)
        #expect(throws: FlowError.self) { try MongoConnector(definition) }
    }

    @Test("an address or key that makes no sense is refused")
    func places() throws {
        for (address, key) in [("http://x", "a.b"), ("", "a.b"), ("mongodb://x", "rows"), ("mongodb://x", ""), ("mongodb://x", "{{x")] {
            #expect(throws: FlowError.self) {
                try MongoConnector(ConnectorDefinition(name: "m", type: "mongodb", address: address, key: key))
            }
        }
    }
}

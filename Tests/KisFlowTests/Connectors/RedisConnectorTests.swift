import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Rows in Redis", .enabled(if: RedisServer.isInstalled, RedisServer.hint))
struct RedisConnectorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let key: String
        let params: [String: String]
        var testDescription: String { "\(params["kind"] ?? "") \(key)" }
    }

    private static let unordered = [
        Case(key: "r:{{id}}", params: ["kind": "string"]), Case(key: "{{app}}", params: ["kind": "hash", "field": "id", "app": "x"]),
        Case(key: "r:[{{id}}]", params: ["kind": "hash"]),
    ]
    private static let ordered = [
        Case(key: "{{app}}:l", params: ["kind": "list", "app": "a"]), Case(key: "s", params: ["kind": "stream"]),
    ]

    private static func conformance<Row>(_ rows: [Row], _ kind: Case) -> ConnectorConformance<Row> {
        ConnectorConformance(
            make: { try RedisConnector($0) }, rows: rows, isOrdered: ["list", "stream"].contains(kind.params["kind"] ?? ""))
    }

    private static func definition(_ server: RedisServer, _ kind: Case) -> ConnectorDefinition {
        definition(server, kind.key, kind.params)
    }

    private static func definition(_ server: RedisServer, _ key: String, _ params: [String: String] = [:]) -> ConnectorDefinition {
        ConnectorDefinition(name: "redis", type: "redis", address: server.address, key: key, params: params)
    }

    private static func request(_ definition: ConnectorDefinition, batch: Int = 1_000) -> ConnectorRequest {
        ConnectorRequest(
            connector: definition, flow: "f", function: "f", mode: .load, params: [:], batch: BatchPolicy(maxRows: batch))
    }

    private static func load<Row: Codable & Sendable>(_ type: Row.Type, _ definition: ConnectorDefinition) async throws -> [Row] {
        try await use(definition) { connector in
            var rows: [Row] = []
            try await connector.load(type, request(definition)) { rows += $0.rows }
            return rows
        }
    }

    private static func save(_ rows: [some Codable & Sendable], _ definition: ConnectorDefinition) async throws {
        try await use(definition) { try await $0.save(rows, request(definition)) }
    }

    private static func use<Result>(_ definition: ConnectorDefinition, _ body: (RedisConnector) async throws -> Result) async throws
        -> Result
    {
        let connector = try RedisConnector(definition)
        do {
            let result = try await body(connector)
            await connector.close()
            return result
        } catch {
            await connector.close()
            throw error
        }
    }

    @Test("every kind keeps what connectors promise", arguments: unordered + ordered)
    func promises(kind: Case) async throws {
        let flat = Self.conformance(FlatRow.examples, kind)
        let checks: [(ConnectorDefinition, SourceLocation) async throws -> Void] =
            [flat.roundTrip, flat.empty, flat.writing, flat.cancelling] + (flat.isOrdered ? [flat.resuming] : [flat.savingTwice])
        for check in checks {
            try await RedisServer.run { try await check(Self.definition($0, kind), #_sourceLocation) }
        }
    }

    @Test("nested rows come back as they were saved", arguments: unordered + ordered)
    func nesting(kind: Case) async throws {
        try await RedisServer.run { try await Self.conformance(NestedRow.examples, kind).roundTrip(Self.definition($0, kind)) }
    }

    @Test("a server that is not there is named, and no secret is")
    func unreachable() async throws {
        let kind = Self.unordered[0]
        try await withTemporaryFolder { folder in
            let socket = ConnectorDefinition(name: "r", type: "redis", address: "unix:\(folder)/none", key: kind.key)
            try await Self.conformance(FlatRow.examples, kind).unreachable(socket, names: "\(folder)/none")
        }
        // Port 1 is nobody's.
        let tcp = ConnectorDefinition(name: "r", type: "redis", address: "redis://me:geheim@127.0.0.1:1/3", key: kind.key)
        try await Self.conformance(FlatRow.examples, kind).unreachable(tcp, names: "127.0.0.1:1", never: "geheim")
    }

    @Test("an address is taken apart, and one that makes no sense is refused without its secret")
    func addresses() throws {
        for address in ["", "http://x", "redis://x:99999", "redis://:geheim@x:port", "redis://x/name", "a b"] {
            let definition = ConnectorDefinition(name: "r", type: "redis", address: address, key: "k")
            let error = #expect(throws: FlowError.self) { try RedisConnector(definition) }
            #expect(error?.description.contains("geheim") == false)
        }
        for address in ["x", "x:1", "redis://x", "redis://:p%40@x:1/2", "[::1]:6379", "redis://u:p@[::1]/1"] {
            _ = try RedisConnector(ConnectorDefinition(name: "r", type: "redis", address: address, key: "k"))
        }
    }

    @Test("user, password and database are used, from the address or the environment")
    func authentication() async throws {
        try await RedisServer.run(["--requirepass", "geheim"]) { server in
            var definition = Self.definition(server, "k", ["kind": "list", "password_env": "KISFLOW_TEST_REDIS_PASSWORD"])
            setenv("KISFLOW_TEST_REDIS_PASSWORD", "geheim", 1)
            try await Self.save([1], definition)
            #expect(try await Self.load(Int.self, definition) == [1])
            setenv("KISFLOW_TEST_REDIS_PASSWORD", "falsch", 1)
            let wrong = try await flowError { try await Self.save([1], definition) }
            #expect(wrong.description.contains("AUTH: WRONGPASS") && !wrong.description.contains("falsch"), "\(wrong)")
            unsetenv("KISFLOW_TEST_REDIS_PASSWORD")
            let unset = #expect(throws: FlowError.self) { try RedisConnector(definition) }
            #expect(unset?.description.contains("KISFLOW_TEST_REDIS_PASSWORD is not set") == true)
            definition.params["password_env"] = nil
            let none = try await flowError { try await Self.save([1], definition) }
            #expect(none.description.contains("NOAUTH") && none.description.contains("password_env"), "\(none)")
        }
    }

    @Test("what was saved stands in Redis as other programs expect it")
    func layout() async throws {
        try await RedisServer.run { server in
            let row = ["id": FieldValue.int(7), "name": .string("Ada"), "zip": .string("01"), "none": .null, "list": .array([.int(1)])]
            try await Self.save([row], Self.definition(server, "u:{{id}}", ["kind": "hash"]))
            #expect(try await server.send("HGET", "u:7", "name") == "Ada")
            #expect(try await server.send("HGET", "u:7", "list") == "[1]")
            #expect(try await server.send("HLEN", "u:7") == "4")
            try await Self.save([["id": FieldValue.int(7), "age": .int(3)]], Self.definition(server, "u:{{id}}", ["kind": "hash"]))
            #expect(try await server.send("HGETALL", "u:7") == "age\n3\nid\n7")
            try await Self.save([row], Self.definition(server, "s:{{name}}", ["ttl": "100000"]))
            #expect(try await (99_000...100_000).contains(Int(server.send("TTL", "s:Ada")) ?? 0))
            #expect(try await server.send("GET", "s:Ada").hasPrefix("{\"id\":7,\"list\":[1]"))
            try await Self.save(Array(0..<3_000), Self.definition(server, "x", ["kind": "stream", "maxlen": "100"]))
            #expect(try await (Int(server.send("XLEN", "x")) ?? 0) < 300)
            try await server.send("XADD", "y", "1-1", "name", "Bob", "age", "9")
            struct Person: Codable, Sendable, Hashable { var name: String, age: Int }
            #expect(try await Self.load(Person.self, Self.definition(server, "y", ["kind": "stream"])) == [Person(name: "Bob", age: 9)])
        }
    }

    @Test("rows larger than what is sent at once are saved, and the connection is as before")
    func largeRows() async throws {
        struct Large: Codable, Sendable, Hashable { var id: Int, text: String }
        try await RedisServer.run { server in
            let rows = (0..<30).map { Large(id: $0, text: String(repeating: "x", count: 50_000 * ($0 % 8))) }
            for (key, params) in [("h:{{id}}", ["kind": "hash"]), ("s:{{id}}", [:]), ("l", ["kind": "list"])] {
                let definition = Self.definition(server, key, params.merging(["connections": "1"]) { $1 })
                try await Self.use(definition) { connector in
                    for _ in 0..<2 { try await connector.save(rows, Self.request(definition)) }
                    var found: [Large] = []
                    try await connector.load(Large.self, Self.request(definition)) { found += $0.rows }
                    #expect(Set(found) == Set(rows) && found.count == (key == "l" ? 60 : 30))
                }
            }
        }
    }

    @Test("rows that do not decode are bad rows that say where they lie")
    func badRows() async throws {
        try await RedisServer.run { server in
            try await server.send("RPUSH", "l", "{\"id\":1,\"score\":2}", "{\"id\":2}", "nonsense", "{\"id\":4,\"score\":2}")
            let definition = Self.definition(server, "l", ["kind": "list"])
            try await Self.use(definition) { connector in
                var batches: [RowBatch<Score>] = []
                try await connector.load(Score.self, Self.request(definition)) { batches.append($0) }
                #expect(batches.flatMap(\.rows).map(\.id) == [1, 4])
                #expect(batches.flatMap(\.bad).map(\.source) == ["key l, index 1", "key l, index 2"])
                #expect(batches.flatMap(\.bad)[0].cause == "field score: missing")
            }
        }
    }

    @Test(
        "settings and rows that make no sense are errors that say what to do",
        arguments: [
            ("k", [:], "name a field in it"), ("k:{{nofield}}", [:], "no text or number in the field \"nofield\""),
            ("k", ["kind": "hash"], "name a field of a row in the key"), ("k", ["kind": "hash", "field": "none"], "the parameter field"),
        ])
    func mistakes(key: String, params: [String: String], message: String) async throws {
        try await RedisServer.run { server in
            let rows = [Score(id: 1, score: 1), Score(id: 2, score: 2)]
            let error = try await flowError { try await Self.save(rows, Self.definition(server, key, params)) }
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test("a key of another kind is named with what to look at")
    func wrongType() async throws {
        try await RedisServer.run { server in
            try await server.send("SET", "k", "1")
            let error = try await flowError { try await Self.save([1], Self.definition(server, "k", ["kind": "list"])) }
            #expect(error.description.contains("RPUSH k: WRONGTYPE") && error.description.contains("parameter kind"), "\(error)")
        }
    }

    @Test("a server that does not answer is given up at the time limit, and the connector goes on when it does")
    func timeout() async throws {
        try await RedisServer.run { server in
            let definition = Self.definition(server, "k:{{id}}", ["timeout": "200"])
            try await Self.use(definition) { connector in
                let rows = [Score(id: 1, score: 1)]
                try await connector.save(rows, Self.request(definition))
                try await server.send("CLIENT", "PAUSE", "600000", "WRITE")
                let error = try await flowError { try await connector.save(rows, Self.request(definition)) }
                #expect(error.description.contains("SET k:1: no answer within 0.2 seconds (parameter timeout)"), "\(error)")
                try await server.send("CLIENT", "UNPAUSE")
                try await connector.save(rows, Self.request(definition))
            }
        }
    }

    @Test("a connection that the server closed is made anew, without an error")
    func reconnecting() async throws {
        try await RedisServer.run { server in
            let definition = Self.definition(server, "k:{{id}}")
            try await Self.use(definition) { connector in
                for id in 0..<20 {
                    try await connector.save([Score(id: id, score: 1)], Self.request(definition))
                    try await server.send("CLIENT", "KILL", "TYPE", "normal")
                }
            }
            #expect(try await server.send("DBSIZE") == "20")
        }
    }

    @Test("many batches at once share a few connections, and every row arrives")
    func parallel() async throws {
        try await RedisServer.run { server in
            let definition = Self.definition(server, "l", ["kind": "list", "connections": "2"])
            try await Self.use(definition) { connector in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for batch in 0..<40 {
                        group.addTask { try await connector.save(Array(batch * 1_000..<batch * 1_000 + 1_000), Self.request(definition)) }
                    }
                    try await group.waitForAll()
                }
                #expect(try await (Int(server.send("INFO", "clients").firstMatch(of: /connected_clients:(\d+)/)?.1 ?? "") ?? 0) <= 3)
            }
            #expect(try await Self.load(Int.self, definition).sorted() == Array(0..<40_000))
        }
    }

    @Test("those who wait for a connection are let go when they are cancelled")
    func cancelledWaiting() async throws {
        try await RedisServer.run { server in
            let definition = Self.definition(server, "k:{{id}}", ["connections": "1"])
            try await Self.use(definition) { connector in
                try await server.send("CLIENT", "PAUSE", "600000", "WRITE")
                await #expect(throws: CancellationError.self) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for id in 0..<5 { group.addTask { try await connector.save([Score(id: id, score: 1)], Self.request(definition)) } }
                        group.cancelAll()
                        while let result = await group.nextResult() {
                            if case .failure(let error) = result, !(error is CancellationError) { throw error }
                        }
                        throw CancellationError()
                    }
                }
                try await server.send("CLIENT", "UNPAUSE")
                try await connector.save([Score(id: 9, score: 1)], Self.request(definition))
                #expect(try await server.send("EXISTS", "k:9") == "1")
            }
        }
    }

    @Test("a flow over a stream goes on from its checkpoint, and the file has every row once")
    func checkpoints() async throws {
        struct Stop: Error {}
        try await RedisServer.run { server in
            try await withTemporaryFolder { folder in
                let source = Self.definition(server, "s", ["kind": "stream"])
                try await Self.save((0..<1_000).map { Score(id: $0, score: 1) }, source)
                let kept = Notes<FlowCheckpoint>()
                var resume: FlowCheckpoint?
                for attempt in 0..<3 {
                    var registry = FlowRegistry()
                    try registry.registerConnectors(directory: folder)
                    let seen = Notes<Int>()
                    try registry.function("save") { (rows: [Score], context: FlowContext) in
                        seen.add(rows.count)
                        if attempt < 2, seen.all.count > 7 { throw Stop() }
                        try await context.connector.save(rows)
                        return .next
                    }
                    let configuration = try FlowConfiguration(
                        flows: [FlowDefinition(name: "copy", steps: [.init("save")])],
                        functions: [FunctionDefinition(name: "save", mode: .save, connector: "file")],
                        connectors: [source, ConnectorDefinition(name: "file", type: "csv", address: "out.csv.gz")])
                    let catalog = FlowCatalog(configuration, registry: registry)
                    let options = StreamOptions(
                        batch: BatchPolicy(maxRows: 50), checkpoints: .init(resume: resume, interval: .zero) { kept.add($0) })
                    let run = { _ = try await catalog.flow("copy").run(source: "redis", options) }
                    if attempt < 2 { _ = try await flowError(run) } else { try await run() }
                    await catalog.close()
                    resume = kept.all.last
                }
                let file = try FileConnector(ConnectorDefinition(name: "f", type: "csv", address: "\(folder)/out.csv.gz"))
                var ids: [Int] = []
                try await file.load(Score.self, Self.request(source)) { ids += $0.rows.map(\.id) }
                #expect(ids == Array(0..<1_000))
            }
        }
    }
}

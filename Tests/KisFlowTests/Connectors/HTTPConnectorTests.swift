import Foundation
import KisConnectors
import KisFlow
import Synchronization
import Testing

@Suite("Rows of HTTP servers")
struct HTTPConnectorTests {
    private static func definition(
        _ server: HTTPServer, _ path: String = "rows", _ params: [String: String] = [:]
    ) -> ConnectorDefinition {
        let quick = ["retry_delay": "1"]
        return ConnectorDefinition(
            name: "http", type: "http", address: server.address, key: path, params: quick.merging(params) { $1 })
    }

    private static func request(
        _ definition: ConnectorDefinition, batch: Int = 1_000, resume: FieldValue? = nil, params: [String: String] = [:]
    ) -> ConnectorRequest {
        ConnectorRequest(
            connector: definition, flow: "f", function: "f", mode: .load, params: params, resume: resume, batch: BatchPolicy(maxRows: batch)
        )
    }

    private static func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ definition: ConnectorDefinition, params: [String: String] = [:]
    ) async throws -> [Row] {
        let connector = try HTTPConnector(definition)
        var rows: [Row] = []
        try await connector.load(type, request(definition, params: params)) { rows += $0.rows }
        return rows
    }

    private static func save(_ rows: [some Codable & Sendable], _ definition: ConnectorDefinition, batch: Int = 1_000) async throws {
        try await HTTPConnector(definition).save(rows, request(definition, batch: batch))
    }

    /// What is sent is what is given.
    private final class Store: Sendable {
        private let rows = Mutex<[String]>([])
        let asLines: Bool

        init(asLines: Bool) { self.asLines = asLines }

        func answer(_ request: HTTPServer.Request, _ number: Int) -> HTTPServer.Answer {
            guard request.method == "GET" else {
                let text = asLines ? request.text : String(request.text.dropFirst().dropLast())
                if !text.isEmpty { rows.withLock { $0.append(text) } }
                return .ok("")
            }
            let all = rows.withLock(\.self)
            return .ok(asLines ? all.joined() : "[" + all.joined(separator: ",") + "]")
        }
    }

    @Test("a server that gives what it gets keeps what connectors promise", arguments: ["json", "jsonl"])
    func promises(body: String) async throws {
        let flat = ConnectorConformance(make: { try HTTPConnector($0) }, rows: FlatRow.examples)
        let nested = ConnectorConformance(make: { try HTTPConnector($0) }, rows: NestedRow.examples)
        let checks: [(ConnectorDefinition, SourceLocation) async throws -> Void] = [
            flat.roundTrip, nested.roundTrip, flat.empty, flat.writing, flat.resuming, flat.cancelling,
        ]
        for check in checks {
            try await HTTPServer.run(Store(asLines: body == "jsonl").answer) { server in
                try await check(Self.definition(server, "rows", ["body": body]), #_sourceLocation)
            }
        }
    }

    @Test("a server that is not there is named in bounded time, and no secret is")
    func unreachable() async throws {
        setenv("KISFLOW_TEST_HTTP_TOKEN", "geheim/1", 1)
        let definition = ConnectorDefinition(
            name: "http", type: "http", address: "http://me:passwort@127.0.0.1:1/${KISFLOW_TEST_HTTP_TOKEN}?key=schluessel",
            params: [
                "retry_delay": "1", "retries": "1", "connect_timeout": "100", "header.Authorization": "Bearer ${KISFLOW_TEST_HTTP_TOKEN}",
            ])
        let flat = ConnectorConformance(make: { try HTTPConnector($0) }, rows: FlatRow.examples)
        for secret in ["passwort", "geheim", "schluessel"] { try await flat.unreachable(definition, names: "127.0.0.1:1", never: secret) }
    }

    @Test(
        "pages follow each other by an address in the body, a header or a number",
        arguments: [
            ["next": "links.next", "rows": "data.items"], ["next": "link", "rows": "data.items"],
            ["page": "p", "first_page": "0", "rows": "data.items"],
            ["page": "p", "first_page": "0", "rows": "data.items", "batch_rows": "2"],
        ])
    func pages(params: [String: String]) async throws {
        let answer: @Sendable (HTTPServer.Request, Int) -> HTTPServer.Answer = { request, _ in
            let page = request.uri.firstMatch(of: /p=(\d+)/).flatMap { Int($0.1) } ?? 0
            let rows = page < 4 ? (0..<3).map { "\(page * 3 + $0)" }.joined(separator: ", ") : ""
            let next = page < 3 ? "\"/rows?x=a%20b&p=\(page + 1)\"" : "null"
            let link = "</rows?p=9>; rel=\"last\", </rows?x=a%20b&p=\(page + 1)>; rel=\"next\""
            return .ok(
                "{\"data\": {\"items\": [\(rows)]}, \"links\": {\"next\": \(next)}}", headers: page < 3 ? ["Link": link] : [:])
        }
        try await HTTPServer.run(answer) { server in
            let definition = Self.definition(server, "rows?x=a%20b", params)
            #expect(try await Self.load(Int.self, definition) == Array(0..<12))
            #expect(server.requests.all.allSatisfy { $0.uri.contains("x=a%20b") })
            // Every position gives the rest.
            let connector = try HTTPConnector(definition)
            var batches: [RowBatch<Int>] = []
            try await connector.load(Int.self, Self.request(definition, batch: 2)) { batches.append($0) }
            for (number, batch) in batches.enumerated() {
                var rest: [Int] = []
                try await connector.load(Int.self, Self.request(definition, batch: 2, resume: batch.position)) { rest += $0.rows }
                #expect(rest == batches[(number + 1)...].flatMap(\.rows))
            }
        }
    }

    @Test("pages without an end are an error at the bound, and a page that names itself is one at once")
    func endless() async throws {
        try await HTTPServer.run { _, number in
            .ok("{\"rows\": [1], \"next\": \"?n=\(number)\"}")
        } _: { server in
            let error = try await flowError {
                _ = try await Self.load(Int.self, Self.definition(server, "rows", ["rows": "rows", "next": "next", "max_pages": "5"]))
            }
            #expect(error.description.contains("more than 5 pages (parameter max_pages)"), "\(error)")
            #expect(server.requests.all.count == 5)
        }
        try await HTTPServer.run { request, _ in
            .ok("{\"rows\": [1], \"next\": \"\(request.uri)\"}")
        } _: { server in
            let error = try await flowError {
                _ = try await Self.load(Int.self, Self.definition(server, "rows", ["rows": "rows", "next": "next"]))
            }
            #expect(error.description.contains("names itself as the next one"), "\(error)")
        }
    }

    @Test("an answer that leads to another server is not followed, one to the same server is")
    func redirects() async throws {
        let answer: @Sendable (HTTPServer.Request, Int) -> HTTPServer.Answer = { request, _ in
            switch request.uri {
            case "/old": .status(302, headers: ["location": "/new"])
            case "/new": .ok("[1]")
            case "/loop": .status(301, headers: ["location": "/loop"])
            default: .status(307, headers: ["location": "http://example.invalid/x?token=geheim"])
            }
        }
        try await HTTPServer.run(answer) { server in
            #expect(try await Self.load(Int.self, Self.definition(server, "old")) == [1])
            for path in ["loop", "other"] {
                let error = try await flowError { _ = try await Self.load(Int.self, Self.definition(server, path)) }
                #expect(error.description.contains("under addrs") && !error.description.contains("geheim"), "\(error)")
            }
            let error = try await flowError { try await Self.save([1], Self.definition(server, "old")) }
            #expect(error.description.contains("the server sends to /new"), "\(error)")
        }
    }

    @Test("a server that is overloaded, fails or breaks off is asked again, and the rows arrive", arguments: ["load", "save"])
    func retries(what: String) async throws {
        let answer: @Sendable (HTTPServer.Request, Int) -> HTTPServer.Answer = { request, number in
            switch number {
            case 0: .status(429, "slow down", headers: ["Retry-After": "0"])
            case 1: .status(503)
            case 2: .broken()
            case 3: .broken(request.method == "GET" ? "[1," : nil)
            default: .ok("[1, 2]")
            }
        }
        try await HTTPServer.run(answer) { server in
            let definition = Self.definition(server, "rows", ["idempotency_key": "Idempotency-Key"])
            if what == "load" {
                #expect(try await Self.load(Int.self, definition) == [1, 2])
            } else {
                try await Self.save([7], definition)
            }
            let all = server.requests.all
            #expect(all.count == 5)
            #expect(Set(all.map(\.text)).count == 1)
            #expect(Set(all.map { $0.headers["idempotency-key"] ?? "" }).count == 1)
            #expect(all[0].headers["idempotency-key"]?.count == (what == "load" ? nil : 64))
        }
    }

    @Test("retries are bounded in number and in time, and Retry-After beyond the bound ends them at once")
    func bounds() async throws {
        try await HTTPServer.run { _, _ in
            .status(500, "out of order")
        } _: { server in
            let error = try await flowError { try await Self.save([1], Self.definition(server, "rows", ["retries": "2"])) }
            #expect(error.description.contains("POST \(server.address)/rows: status 500: out of order (after 3 requests)"), "\(error)")
            #expect(server.requests.all.count == 3)
        }
        for wait in ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"] {
            try await HTTPServer.run { _, _ in
                .status(429, headers: ["Retry-After": wait])
            } _: { server in
                let error = try await flowError { try await Self.save([1], Self.definition(server)) }
                #expect(error.description.contains("status 429"), "\(error)")
                #expect(server.requests.all.count == 1)
            }
        }
    }

    @Test("another status is an error with the beginning of the body, and is not tried again")
    func refused() async throws {
        setenv("KISFLOW_TEST_HTTP_KEY", "geheimnis", 1)
        try await HTTPServer.run { _, _ in
            .status(404, "no such thing for geheimnis " + String(repeating: "x", count: 5_000))
        } _: { server in
            let definition = Self.definition(server, "rows?api_key=${KISFLOW_TEST_HTTP_KEY}&v=1")
            let error = try await flowError { _ = try await Self.load(Int.self, definition) }
            #expect(error.description.contains("GET \(server.address)/rows?api_key=…&v=…: status 404: no such thing"), "\(error)")
            #expect(!error.description.contains("geheimnis") && error.description.count < 1_000)
            #expect(server.requests.all.map(\.uri) == ["/rows?api_key=geheimnis&v=1"])
        }
    }

    @Test("a server that never answers is given up at the time limit")
    func silence() async throws {
        try await HTTPServer.run { _, _ in
            .none
        } _: { server in
            let error = try await flowError {
                _ = try await Self.load(Int.self, Self.definition(server, "rows", ["timeout": "100", "retries": "1"]))
            }
            #expect(error.description.contains("(parameter timeout)") && error.description.contains("after 2 requests"), "\(error)")
        }
    }

    @Test("an answer that is too large, or no list, is an error that says which parameter to look at")
    func bodies() async throws {
        let answer: @Sendable (HTTPServer.Request, Int) -> HTTPServer.Answer = { request, _ in
            switch request.uri {
            case "/large": .ok("[" + String(repeating: "1,", count: 5_000) + "1]")
            case "/object": .ok("{\"data\": {\"a\": 1}}")
            case "/cut": .ok("[1, 2")
            default: .ok("<html>")
            }
        }
        try await HTTPServer.run(answer) { server in
            for (path, params, message) in [
                ("large", ["max_body_bytes": "1000"], "max_body_bytes"), ("object", ["rows": "data.items"], "nothing at data.items"),
                ("object", ["rows": "data"], "no JSON list of rows"), ("cut", [:], "no JSON list of rows"),
                ("html", [:], "no JSON list of rows"),
            ] {
                let error = try await flowError { _ = try await Self.load(Int.self, Self.definition(server, path, params)) }
                #expect(error.description.contains(message), "\(error)")
                #expect(error.description.contains("\(server.address)/\(path)"))
            }
        }
    }

    @Test("parameters are encoded for the address, and rows can go to an address of their own")
    func templates() async throws {
        try await HTTPServer.run { _, _ in
            .ok("[]")
        } _: { server in
            let definition = Self.definition(server, "{{day}}/x?q={{q}}")
            #expect(try await Self.load(Int.self, definition, params: ["day": "a/b", "q": "c&d ü"]).isEmpty)
            try await Self.save(
                [Score(id: 1, score: 2), Score(id: 2, score: 3)], Self.definition(server, "scores/{{id}}", ["method": "put"]))
            #expect(server.requests.all.map(\.uri) == ["/a%2Fb/x?q=c%26d%20%C3%BC", "/scores/1", "/scores/2"])
            #expect(server.requests.all[1].method == "PUT" && server.requests.all[1].text == "{\"id\":1,\"score\":2}")
        }
    }

    @Test("rows are sent in batches, with the headers of the parameters", arguments: ["json", "jsonl"])
    func batches(body: String) async throws {
        setenv("KISFLOW_TEST_HTTP_KEY", "geheimnis", 1)
        try await HTTPServer.run { _, _ in
            .status(202)
        } _: { server in
            let params = ["body": body, "header.X-Api-Key": "${KISFLOW_TEST_HTTP_KEY}", "batch_rows": "2"]
            try await Self.save([1, 2, 3], Self.definition(server, "rows", params))
            #expect(server.requests.all.map(\.text) == (body == "json" ? ["[1,2]", "[3]"] : ["1\n2\n", "3\n"]))
            #expect(server.requests.all.allSatisfy { $0.headers["x-api-key"] == "geheimnis" })
            #expect(server.requests.all[0].headers["content-type"] == (body == "json" ? "application/json" : "application/x-ndjson"))
        }
    }

    @Test("rows that do not decode say on which page and row they stand")
    func badRows() async throws {
        try await HTTPServer.run { _, _ in
            .ok("[{\"id\":1,\"score\":1},{\"id\":2}]")
        } _: { server in
            let definition = Self.definition(server)
            var bad: [BadRow] = []
            try await HTTPConnector(definition).load(Score.self, Self.request(definition)) { bad += $0.bad }
            #expect(bad.map(\.description) == ["\(server.address)/rows, row 2: field score: missing, in {\"id\":2}"])
        }
    }

    @Test(
        "settings that make no sense are refused",
        arguments: [
            ["method": "GET"], ["next": "a", "page": "b"], ["retries": "x"], ["header.": "x"], ["header.A": "x\ny"], ["body": "xml"],
            ["batch_rows": "0"], ["header.A": "${KISFLOW_TEST_NOT_SET}"],
        ])
    func mistakes(params: [String: String]) throws {
        let definition = ConnectorDefinition(name: "h", type: "http", address: "http://x", params: params)
        let error = #expect(throws: FlowError.self) { try HTTPConnector(definition) }
        if params.values.contains("${KISFLOW_TEST_NOT_SET}") {
            #expect(error?.description.contains("parameter header.A: the environment variable KISFLOW_TEST_NOT_SET is not set") == true)
        }
    }
}

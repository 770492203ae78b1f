import KisConnectors
import KisFlow
import Testing

@Suite("What a Redis server may answer")
struct RedisAnswerTests {
    private func load(_ port: Int, _ params: [String: String] = [:]) async throws -> [Int] {
        let settings = ["kind": "list", "max_reply_bytes": "100000"].merging(params) { $1 }
        let definition = ConnectorDefinition(name: "r", type: "redis", address: "127.0.0.1:\(port)", key: "l", params: settings)
        let connector = try RedisConnector(definition)
        var rows: [Int] = []
        let request = ConnectorRequest(connector: definition, flow: "f", function: "f", mode: .load, params: [:])
        do {
            try await connector.load(Int.self, request) { rows += $0.rows }
            await connector.close()
        } catch {
            await connector.close()
            throw error
        }
        return rows
    }

    @Test("answers are read however they are cut into pieces", arguments: [false, true])
    func pieces(isSlow: Bool) async throws {
        try await RawServer.run(["*4\r\n$1\r\n1\r\n$3\r\n\r\n2\r\n$2\r\n-3\r\n$4\r\n  17\r\n"], isSlow: isSlow) { port in
            let rows = try await load(port)
            #expect(rows == [1, 2, -3, 17])
        }
    }

    @Test(
        "what is no answer of Redis is an error that names the server",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n", "is this a Redis server?"), ("*1\r\n$9999999999\r\n", "max_reply_bytes"),
            (String(repeating: "*1\r\n", count: 100), "too many levels"), ("*x\r\n", "where a number belongs"),
            ("*2\r\n$1\r\n1\r\n", "the connection was lost before the answer came"), ("\r\n", "is this a Redis server?"),
            (String(repeating: "+", count: 70_000), "a line without an end"), ("-LOADING the dataset\r\n", "LRANGE l: LOADING the dataset"),
            ("", "the connection was lost"),
        ])
    func malformed(answer: String, message: String) async throws {
        // Asked again once, since a connection may have been lost.
        try await RawServer.run([answer]) { port in
            let error = try await flowError { _ = try await load(port) }
            #expect(error.kind == .connector)
            #expect(error.description.contains("Redis at 127.0.0.1:\(port)") && error.description.contains(message), "\(error)")
        }
    }
}

import Engine
import Foundation
import Testing
import Workflow

@testable import Actions

@Suite("http")
struct HTTPActionTests {
    private func registry() throws -> ActionRegistry {
        var registry = ActionRegistry()
        try registry.register(HTTPAction())
        return registry
    }

    /// Runs the action against a server that gives one answer, and says what the server was sent.
    private func exchange(
        _ answer: String, _ params: [String: Value] = [:], path: String = "/", in trial: ActionTrial = ActionTrial()
    ) async throws -> (sent: String, failure: String?) {
        let server = try OneAnswerServer(answer)
        var params = params
        params["url"] = .string("http://127.0.0.1:\(server.port)\(path)")
        let (registry, given) = (try registry(), params)
        async let sent = server.serve()
        let failure = await trial.failure { try await trial.run("http", given, in: registry) }
        return (await sent, failure)
    }

    @Test("the body of a good answer is the output, and the request says which task sends it")
    func body() async throws {
        let trial = ActionTrial()
        let (sent, failure) = try await exchange("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", path: "/a?token=secret", in: trial)
        #expect(failure == nil)
        #expect(trial.output == "hello")
        #expect(sent.hasPrefix("GET /a?token=secret HTTP/1.1"))
        #expect(sent.contains("Idempotency-Key: run-1/task-1"))
        #expect(trial.messages.first?.contains("secret") == false)
    }

    @Test("JSON is sent and read")
    func json() async throws {
        let trial = ActionTrial()
        let (sent, failure) = try await exchange(
            "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{\"rows\": 3}", ["json": ["a": [1]], "output": "json"], in: trial)
        #expect(failure == nil)
        #expect(trial.output == ["rows": 3])
        #expect(sent.hasPrefix("POST / HTTP/1.1") && sent.hasSuffix(#"{"a":[1]}"#))
    }

    @Test("an unexpected status fails with the beginning of the answer; one that was expected does not")
    func statuses() async throws {
        let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
        #expect(try await exchange(missing).failure == "the answer is 404: gone")
        #expect(try await exchange(missing, ["expectStatus": [404]]).failure == nil)
        #expect(try await exchange("HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n").failure == "the answer is 503")
    }

    @Test("an answer above the limit is refused")
    func tooLarge() async throws {
        let body = String(repeating: "x", count: HTTPAction.bodyLimit + 1)
        let failure = try await exchange("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)").failure
        #expect(failure?.contains("larger than") == true)
    }

    @Test(
        "addresses that are none, and two bodies, are refused before anything is sent", arguments: ["", "ftp://host/x", "http://", "host"])
    func wrong(url: String) async throws {
        let registry = try registry()
        let trial = ActionTrial()
        #expect(await trial.failure { try await trial.run("http", ["url": .string(url)], in: registry) }?.contains("params.url") == true)
        let both: [String: Value] = ["url": "http://127.0.0.1:1/", "body": "x", "json": 1]
        #expect(await trial.failure { try await trial.run("http", both, in: registry) }?.contains("not both") == true)
    }

    @Test("the table that definitions are checked against knows the actions that there are")
    func table() {
        #expect(BuiltInParameters.actions == BuiltInActions.names)
    }
}

/// Takes one connection, reads a request and gives an answer that was prepared.
private final class OneAnswerServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let answer: String

    struct Failure: Error {}

    init(_ answer: String) throws {
        self.answer = answer
        #if canImport(Glibc)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(listener) }

    /// - Returns: what was sent.
    func serve() async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in continuation.resume(returning: serveOne()) }
        }
    }

    private func serveOne() -> String {
        let connection = accept(listener, nil, nil)
        defer { close(connection) }
        var request = ""
        while !isWhole(request) {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { break }
            request += String(decoding: buffer[..<count], as: UTF8.self)
        }
        var rest = Array(answer.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return request
    }

    private func isWhole(_ request: String) -> Bool {
        guard let end = request.range(of: "\r\n\r\n") else { return false }
        let length = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let expected = length.flatMap { Int($0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)) } ?? 0
        return request[end.upperBound...].utf8.count >= expected
    }
}

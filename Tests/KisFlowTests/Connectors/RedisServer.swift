import Foundation
import Testing

/// A real redis-server that keeps nothing, on a socket in a folder of its own.
struct RedisServer {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    static let isInstalled = program != nil
    static let hint: Comment = "redis-server is not installed; deploy/bootstrap tests installs it"

    private static let program = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/snap/bin"]
        .map { "\($0)/redis-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let socket: String
    private let folder: String
    private let options: [String]

    var address: String { "unix:\(socket)" }

    /// Runs a server while `body` runs.
    static func run<Result>(_ options: [String] = [], _ body: (RedisServer) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in
            let server = RedisServer(socket: "\(folder)/redis.sock", folder: folder, options: options)
            return try await server.running { try await body(server) }
        }
    }

    /// Starts the server, and ends it after `body`; used inside ``run(_:_:)`` only after ``stop()``.
    func running<Result>(_ body: () async throws -> Result) async throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.program, Self.hint))
        process.arguments = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--appendonly", "no"] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        let (exit, exited) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in exited.finish() }
        try process.run()
        let result: Swift.Result<Result, any Error>
        do {
            try await Self.untilReady(output.fileHandleForReading)
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        // It keeps nothing, and threads of a pool start it with signals blocked that ask it to end.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        for await _ in exit {}
        return try result.get()
    }

    private static func untilReady(_ output: FileHandle) async throws {
        var text = ""
        for await piece in pieces(of: output) {
            text += piece
            if text.contains("eady to accept connections") { return }
        }
        throw NotStarted(description: "redis-server ended: \(text.suffix(1_000))")
    }

    /// Sends one command with the tool that comes with Redis.
    @discardableResult
    func send(_ words: String...) async throws -> String {
        let answer = try await Program.run("redis-cli", ["-s", socket] + words)
        return String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private static func pieces(of handle: FileHandle) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        handle.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            if data.isEmpty { continuation.finish() } else { continuation.yield(String(decoding: data, as: UTF8.self)) }
        }
        return stream
    }
}

import BSON
import Dispatch
import Foundation
import MongoDriver
import Testing

/// The replica set that `make test` starts.
enum TestServer {
    static func url() throws -> String {
        try #require(
            ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"],
            "SWIFTFLOW_TEST_MONGODB must hold the URL of a replica set whose members run with enableTestCommands=1; `make test` starts one")
    }

    static func configuration() throws -> MongoConfiguration {
        MongoConfiguration(url: try url())
    }
}

/// Gives a test a client and a database of its own, which is dropped at the end.
func withDatabase(
    _ suite: String, _ configure: (inout MongoConfiguration) -> Void = { _ in },
    _ body: (MongoClient, Namespace) async throws -> Void
) async throws {
    var configuration = try TestServer.configuration()
    configure(&configuration)
    let client = try MongoClient(configuration)
    let namespace = Namespace("test_\(suite)_\(ObjectID.random())", "things")
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(client, namespace))
    } catch {
        result = .failure(error)
    }
    try? await client.run("drop") { try $0.dropDatabase(namespace.database) }
    await client.close()
    try result.get()
}

/// A gate that blocks threads until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let (entered, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .unbounded)

    /// Called on a pool thread.
    func block() {
        continuation.yield()
        semaphore.wait()
        semaphore.signal()
    }

    func waitUntilBlocked(_ count: Int = 1) async {
        var iterator = entered.makeAsyncIterator()
        for _ in 0..<count { await iterator.next() }
    }

    func open() {
        semaphore.signal()
    }
}

/// The MongoError that a body throws.
func mongoError(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws -> MongoError {
    do {
        try await body()
    } catch let error as MongoError {
        return error
    }
    return try #require(nil, "expected a MongoError, but nothing was thrown", sourceLocation: sourceLocation)
}

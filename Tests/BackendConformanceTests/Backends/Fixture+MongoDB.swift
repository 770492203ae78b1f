import Engine
import Logging
import MongoBackend
import MongoDriver
import TestSupport

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why there is no MongoDB to test with.
struct NoMongoDB: Error, CustomStringConvertible {
    let description = """
        SWIFTFLOW_TEST_MONGODB is not set: it must hold the URL of a MongoDB replica set that tests may write to. \
        `make test` starts one; or run: deploy/mongod run --env SWIFTFLOW_TEST_MONGODB -- swift test
        """
}

extension Fixture {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let collections = [
        "dag", "dag_version", "dag_chunk", "dag_history", "pool", "dag_instance", "task_instance", "task_trace", "message", "heartbeat",
        "election", "mutex", "signal",
        "number",
    ]

    /// The replica set that tests use.
    static func mongoURL() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"], !url.isEmpty else { throw NoMongoDB() }
        return url
    }

    /// Collections of its own for one test, dropped afterwards.
    static func withMongoDB(_ body: (Fixture) async throws -> Void) async throws {
        let url = try mongoURL()
        let prefix = "t\(String(UInt64.random(in: 0...UInt64.max), radix: 36))_"
        var configuration = MongoConfiguration(url: url)
        // What becomes of a stream whose collection is damaged shows when the server answers: tests do not wait for it as long as nodes do.
        configuration.streamWait = .milliseconds(500)
        let backend = try await MongoBackend.connect(configuration: configuration, prefix: prefix, logger: quiet)
        let fixture = Fixture(
            store: backend.store, keeper: backend.keeper,
            pass: { duration in
                // The server's clock cannot be moved: this is the one place where tests have to wait.
                try await Task.sleep(for: duration)
            }, prefix: prefix, connect: { try await mongoConnection(prefix: prefix) })
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(fixture)) } catch { outcome = .failure(error) }
        await backend.close()
        try await withClient { connection, database in
            for name in collections { try connection.dropCollection(Namespace(database, prefix + name)) }
        }
        try outcome.get()
    }

    /// A connection of the test's own, to write what no backend would.
    static func withClient<R: Sendable>(_ body: @escaping @Sendable (borrowing Connection, _ database: String) throws -> R) async throws
        -> R
    {
        let client = try MongoClient(MongoConfiguration(url: mongoURL()), logger: quiet)
        let outcome: Result<R, any Error>
        do { outcome = .success(try await client.run("test") { try body($0, client.defaultDatabase) }) } catch { outcome = .failure(error) }
        await client.close()
        return try outcome.get()
    }
}

import BSON
import Engine
import Logging
import MongoBackend
import MongoDriver

/// A number in a collection that is read and then written back, as no two should do at once.
struct StoredNumber: Sendable {
    let client: MongoClient
    let namespace: Namespace

    func read() async throws -> Int64 {
        try await client.run("read") { [namespace] connection in
            try connection.aggregate(namespace, pipeline: [["$match": ["_id": "n"]]], limit: 1).first?["value"]?.int64Value ?? 0
        }
    }

    /// Reads the number, and then writes back what is greater by one.
    func increase() async throws {
        let value = try await read()
        _ = try await client.run("write") { [namespace] connection in
            try connection.replaceOne(namespace, filter: ["_id": "n"], replacement: ["value": .int64(value + 1)], upsert: true)
        }
    }
}

extension Fixture {
    /// Runs something with a keeper, and a way to the number, that share nothing with others but the database, as those of another process.
    func withOwnConnection<R: Sendable>(_ body: (any Keeper, StoredNumber) async throws -> R) async throws -> R {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let backend = try await MongoBackend.connect(url: try Self.mongoURL(), prefix: prefix, logger: quiet)
        let client = try MongoClient(MongoConfiguration(url: Self.mongoURL()), logger: quiet)
        let number = StoredNumber(client: client, namespace: Namespace(client.defaultDatabase, prefix + "number"))
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(backend.keeper, number)) } catch { outcome = .failure(error) }
        await backend.close()
        await client.close()
        return try outcome.get()
    }
}

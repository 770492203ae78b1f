import BSON
import Engine
import Logging
import MongoBackend
import MongoDriver

/// A number that is read and then written back, as no two should do at once.
struct StoredNumber: Sendable {
    let read: @Sendable () async throws -> Int64
    let write: @Sendable (Int64) async throws -> Void

    /// Reads the number, and then writes back what is greater by one.
    func increase() async throws { try await write(try await read() + 1) }
}

/// A keeper, and a way to the number, that share nothing with others but what is stored, as those of another process.
struct OwnConnection: Sendable {
    let keeper: any Keeper
    let number: StoredNumber
    let close: @Sendable () async -> Void
}

extension Fixture {
    /// Runs something with a connection of its own.
    func withOwnConnection<R: Sendable>(_ body: (any Keeper, StoredNumber) async throws -> R) async throws -> R {
        guard let connect else { throw StoreError(.refused, "this backend is in memory") }
        let connection = try await connect()
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(connection.keeper, connection.number)) } catch { outcome = .failure(error) }
        await connection.close()
        return try outcome.get()
    }

    /// A connection to collections whose names begin with `prefix`; the number is in one of them.
    static func mongoConnection(prefix: String) async throws -> OwnConnection {
        let backend = try await MongoBackend.connect(url: try mongoURL(), prefix: prefix, logger: quiet)
        let client = try MongoClient(MongoConfiguration(url: mongoURL()), logger: quiet)
        let namespace = Namespace(client.defaultDatabase, prefix + "number")
        let number = StoredNumber(
            read: {
                try await client.run("read") { connection in
                    try connection.aggregate(namespace, pipeline: [["$match": ["_id": "n"]]], limit: 1).first?["value"]?.int64Value ?? 0
                }
            },
            write: { value in
                _ = try await client.run("write") { connection in
                    try connection.replaceOne(namespace, filter: ["_id": "n"], replacement: ["value": .int64(value)], upsert: true)
                }
            })
        return OwnConnection(keeper: backend.keeper, number: number) {
            await backend.close()
            await client.close()
        }
    }
}

import BSON
import Foundation
import MongoDriver

/// What a test does to its database behind the programs' backs.
enum TestDatabase {
    static func drop(_ url: String) async {
        try? await with(url) { client, database in
            try await client.run("drop") { try $0.dropDatabase(database) }
        }
    }

    static func insert(_ document: Document, into collection: String, _ url: String) async throws {
        try await run(url) { try $0.insertOne(Namespace($1, collection), document) }
    }

    /// Anything, with the name of the database.
    static func run<R: Sendable>(_ url: String, _ body: @escaping @Sendable (borrowing Connection, String) throws -> R) async throws -> R {
        try await with(url) { client, database in try await client.run("test") { try body($0, database) } }
    }

    private static func with<R>(_ url: String, _ body: (MongoClient, String) async throws -> R) async throws -> R {
        let configuration = MongoConfiguration(url: url)
        let client = try MongoClient(configuration)
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(client, try configuration.defaultDatabase)) } catch { outcome = .failure(error) }
        await client.close()
        return try outcome.get()
    }
}

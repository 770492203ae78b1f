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
        try await with(url) { client, database in
            try await client.run("insert") { try $0.insertOne(Namespace(database, collection), document) }
        }
    }

    private static func with(_ url: String, _ body: (MongoClient, String) async throws -> Void) async throws {
        let configuration = MongoConfiguration(url: url)
        let client = try MongoClient(configuration)
        do { try await body(client, try configuration.defaultDatabase) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}

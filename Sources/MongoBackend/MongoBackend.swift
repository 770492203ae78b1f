public import Engine
public import Logging
package import MongoDriver
import Records

/// Keeper and store on one MongoDB replica set.
public struct MongoBackend: Sendable {
    public let store: any Store
    public let keeper: any Keeper
    private let client: MongoClient

    /// Connects, makes sure that the server is a replica set, and creates the collections and indexes that are missing.
    /// - Parameters:
    ///   - url: `mongodb://…`; the database is the one in its path, `swiftflow` where there is none.
    ///   - prefix: begins the name of every collection.
    /// - Throws: `StoreError` that says what is wrong with the URL or the server.
    public static func connect(url: String, prefix: String = "", logger: Logger = Logger(label: "swiftflow.mongo")) async throws
        -> MongoBackend
    {
        try await connect(configuration: MongoConfiguration(url: url), prefix: prefix, logger: logger)
    }

    package static func connect(
        configuration: MongoConfiguration, prefix: String = "", logger: Logger = Logger(label: "swiftflow.mongo")
    ) async throws -> MongoBackend {
        try await StoreError.translating {
            var configuration = configuration
            // One for the node's lease and one for the leader's: neither waits for the other.
            configuration.vitalThreads = 2
            // Two for records, two for traces, and some for all that reads.
            configuration.normalThreads = max(configuration.normalThreads, 8)
            let client = try MongoClient(configuration, logger: logger)
            do {
                try await client.requireReplicaSet()
                let collections = Collections(database: try configuration.defaultDatabase, prefix: prefix)
                try await client.run("createIndexes") { connection in
                    try Indexes.create(collections, on: connection)
                    do { try SignalCollection.ensure(collections.signal, on: connection) } catch let error as MongoError
                        where error.kind == .unauthorized
                    {
                        logger.warning("without hints runs are found by polling, some seconds later", metadata: ["error": "\(error)"])
                    }
                }
                return MongoBackend(client, collections, logger)
            } catch {
                await client.close()
                throw error
            }
        }
    }

    private init(_ client: MongoClient, _ collections: Collections, _ logger: Logger) {
        self.client = client
        store = MongoStore(client: client, collections: collections, unreadable: UnreadableLog(logger))
        keeper = MongoKeeper(client: client, collections: collections, logger: logger)
    }

    /// Ends all connections. Nothing may use the backend afterwards.
    public func close() async { await client.close() }
}

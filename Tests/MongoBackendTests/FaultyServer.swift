import BSON
import Engine
import Logging
import MongoDriver
import Records
import TestSupport
import Testing

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A store on a database of its own whose commands the server lets fail on request.
struct FaultyServer: Sendable {
    let store: MongoStore
    let collections: Collections
    private let healthy: MongoClient

    /// What the server calls the store's client: no two have the same, so that nobody meets the faults of somebody else.
    private var name: String { collections.dag.database }

    static func with(_ body: (FaultyServer) async throws -> Void) async throws {
        guard let url = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"], !url.isEmpty else { throw NoMongoDB() }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let healthy = try MongoClient(MongoConfiguration(url: url), logger: quiet)
        // After an error that looks like a fail-over libmongoc waits for its next heartbeat; a short one keeps the tests short.
        var configuration = MongoConfiguration(url: url + (url.contains("?") ? "&" : "?") + "heartbeatFrequencyMS=500")
        let collections = Collections(database: "test_faults_\(ObjectID.random())", prefix: "")
        configuration.applicationName = collections.dag.database
        let faulty = try MongoClient(configuration, logger: quiet)
        let store = MongoStore(client: faulty, collections: collections, unreadable: UnreadableLog(quiet))
        let outcome: Result<Void, any Error>
        do {
            try await healthy.run("create") { try Indexes.create(collections, on: $0) }
            outcome = .success(try await body(FaultyServer(store: store, collections: collections, healthy: healthy)))
        } catch { outcome = .failure(error) }
        try? await healthy.run("drop") { try $0.dropDatabase(collections.dag.database) }
        await faulty.close()
        await healthy.close()
        try outcome.get()
    }

    /// Lets commands of the store fail while `body` runs.
    func failing(_ commands: [String], _ fault: Document, _ body: () async throws -> Void) async throws {
        try await Turn.failCommand.take {
            var data: Document = ["failCommands": .array(commands.map(BSONValue.string)), "appName": .string(name)]
            for (key, value) in fault { data.append(key, value) }
            try await configure(["configureFailPoint": "failCommand", "mode": "alwaysOn", "data": .document(data)])
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            try await configure(["configureFailPoint": "failCommand", "mode": "off"])
            try outcome.get()
        }
    }

    private func configure(_ command: Document) async throws {
        _ = try await healthy.run("fail point") { try $0.command("admin", command) }
    }
}

/// The StoreError that a body throws.
func storeError(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws -> StoreError {
    do {
        try await body()
    } catch let error as StoreError {
        return error
    }
    return try #require(nil, "expected a StoreError, but nothing was thrown", sourceLocation: sourceLocation)
}

public import Engine
public import Logging
import MongoBackend

/// The keeper and store that a URL names.
public struct Backend: Sendable {
    public let store: any Store
    public let keeper: any Keeper
    private let closing: @Sendable () async -> Void

    /// Connects to what `url` names: `mongodb://` or `mongodb+srv://` for a MongoDB replica set.
    /// - Throws: `StoreError` that says what is wrong with the URL, or why the server cannot be used.
    public static func connect(url: String, logger: Logger = Logger(label: "swiftflow")) async throws -> Backend {
        guard url.hasPrefix("mongodb://") || url.hasPrefix("mongodb+srv://") else {
            let scheme = url.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
            throw StoreError(
                .misconfigured,
                "a URL that begins with '\(scheme.prefix(20)):' is not known; give one like mongodb://localhost:27017/?replicaSet=rs0")
        }
        let mongo = try await MongoBackend.connect(url: url, logger: logger)
        return Backend(store: mongo.store, keeper: mongo.keeper, closing: { await mongo.close() })
    }

    /// Ends all connections. Nothing may use the backend afterwards.
    public func close() async { await closing() }
}

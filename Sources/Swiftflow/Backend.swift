public import Engine
public import Logging
import MongoBackend
import SQLiteBackend

/// The keeper and store that a URL names.
public struct Backend: Sendable {
    public let store: any Store
    public let keeper: any Keeper
    private let closing: @Sendable () async -> Void

    /// The file that `dev` and `run` use unless they are told otherwise, and the commander where it is there and nothing else is named.
    public static let embeddedURL = "sqlite:" + SQLiteLocation.defaultPath

    /// Connects to what `url` names: `mongodb://` or `mongodb+srv://` for a MongoDB replica set, `sqlite:PATH` for a file that the processes of one host share, `sqlite::memory:` for a store that ends with the process.
    /// - Parameter creating: whether a file that is not there is made.
    /// - Throws: `StoreError` that says what is wrong with the URL, or why the server or file cannot be used.
    public static func connect(url: String, creating: Bool = true, logger: Logger = Logger(label: "swiftflow")) async throws -> Backend {
        if SQLiteLocation.isMeant(by: url) {
            let sqlite = try await SQLiteBackend.open(try SQLiteLocation(url: url), creating: creating, logger: logger)
            return Backend(store: sqlite.store, keeper: sqlite.keeper, closing: { sqlite.close() })
        }
        guard url.hasPrefix("mongodb://") || url.hasPrefix("mongodb+srv://") else {
            let scheme = url.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
            throw StoreError(
                .misconfigured,
                "a URL that begins with '\(scheme.prefix(20)):' is not known; give one like mongodb://localhost:27017/?replicaSet=rs0 or sqlite:flow.db"
            )
        }
        let mongo = try await MongoBackend.connect(url: url, logger: logger)
        return Backend(store: mongo.store, keeper: mongo.keeper, closing: { await mongo.close() })
    }

    /// Ends all connections. Nothing may use the backend afterwards.
    public func close() async { await closing() }
}

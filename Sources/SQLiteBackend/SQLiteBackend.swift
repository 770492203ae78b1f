public import Engine
public import Logging
import Records

/// Keeper and store in one SQLite file, for the processes of one host.
public struct SQLiteBackend: Sendable {
    public let store: any Store
    public let keeper: any Keeper
    package let file: SQLiteFile

    /// Opens the file.
    /// - Parameter creating: whether the file, and the folder that it is in, are made where they are not there.
    /// - Throws: `StoreError` that says what is wrong with the file, and what to do.
    public static func open(
        _ location: SQLiteLocation, creating: Bool = true, logger: Logger = Logger(label: "swiftflow.sqlite")
    ) async throws -> SQLiteBackend {
        SQLiteBackend(try await SQLiteFile.open(location, creating: creating), logger)
    }

    package init(_ file: SQLiteFile, _ logger: Logger = Logger(label: "swiftflow.sqlite")) {
        self.file = file
        store = SQLiteStore(file: file, unreadable: UnreadableLog(logger))
        keeper = SQLiteKeeper(file: file, logger: logger)
    }

    /// Ends the connections. Nothing may use the backend afterwards.
    public func close() { try? file.close() }
}

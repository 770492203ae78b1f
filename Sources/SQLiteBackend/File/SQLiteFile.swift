import Engine
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An open file: many readers, one writer, and the host's clock.
final class SQLiteFile: Sendable {
    let location: SQLiteLocation
    let clock: HostClock
    private let database: any DatabaseWriter
    private let queue: WriteQueue

    private init(location: SQLiteLocation, clock: HostClock, database: any DatabaseWriter) {
        self.location = location
        self.clock = clock
        self.database = database
        queue = WriteQueue(database)
    }

    /// Opens a file, makes it where it is not there, and brings its schema up to date.
    /// - Parameter sinceBoot: the host's monotonic clock; tests give another.
    static func open(
        _ location: SQLiteLocation, sinceBoot: @escaping @Sendable () -> Duration = HostClock.systemSinceBoot
    ) async throws -> SQLiteFile {
        do {
            let database = try database(at: location)
            let clock = try await database.write { db in
                try Migration.migrate(db)
                return HostClock(
                    anchor: try HostClaim(sinceBoot: sinceBoot()).make(db, takingOver: location.takesOver), sinceBoot: sinceBoot)
            }
            return SQLiteFile(location: location, clock: clock, database: database)
        } catch {
            throw StoreError.of(error)
        }
    }

    private static func database(at location: SQLiteLocation) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.label = "swiftflow.sqlite"
        // Processes take turns at the file; each holds it for milliseconds.
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        guard let path = location.path else { return try DatabaseQueue(configuration: configuration) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB's own choice for write-ahead logs is NORMAL.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(location.synchronous.rawValue)") }
        return pool
    }

    /// Reads one state of the file: what is committed when it begins.
    func read<R: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws -> R {
        do { return try await database.read(body) } catch let error as DatabaseError { throw StoreError(error) }
    }

    /// Changes the file in a transaction; durable when it returns. See `WriteQueue`.
    func write<R: Sendable>(isVital: Bool = false, _ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws -> R {
        try await queue.write(isVital: isVital, body)
    }

    /// Ends the connections. Nothing may use the file afterwards.
    func close() throws { try database.close() }
}

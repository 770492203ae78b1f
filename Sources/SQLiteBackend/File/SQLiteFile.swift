import Engine
import GRDB

/// An open file: many readers, one writer, and the host's clock.
package final class SQLiteFile: Sendable {
    let location: SQLiteLocation
    let clock: HostClock
    /// Whether this user may read the file, and not write it.
    let isReadOnly: Bool
    private let database: any DatabaseWriter
    private let queue: WriteQueue

    init(
        location: SQLiteLocation, clock: HostClock, isReadOnly: Bool, database: any DatabaseWriter, identity: FileIdentity?,
        log: LogBound? = nil
    ) {
        self.location = location
        self.clock = clock
        self.isReadOnly = isReadOnly
        self.database = database
        let path = location.path
        queue = WriteQueue(
            database, path: path, check: { if let path { try identity?.check(path) } }, committed: { log?.committed($0) })
    }

    /// How many transactions this process has committed.
    var commitCount: Int { queue.commitCount }

    /// How many writes of this process wait for the next transaction.
    var waitingCount: Int { queue.waitingCount }

    /// Reads one state of the file: what is committed when it begins.
    func read<R: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws -> R {
        do { return try await database.read(body) } catch let error as DatabaseError { throw StoreError.of(error, in: location.path) }
    }

    /// Changes the file in a transaction; durable when it returns. See `WriteQueue`.
    /// - Throws: `StoreError`; of the kind `.unavailable` also where the file was deleted or replaced since it was opened, `.unauthorized` where it is read only.
    func write<R: Sendable>(isVital: Bool = false, _ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws -> R {
        if isReadOnly, let path = location.path {
            throw StoreError(.unauthorized, "'\(path)' may only be read by this user: check its permissions and those of its folder")
        }
        return try await queue.write(isVital: isVital, body)
    }

    /// Ends the connections. Nothing may use the file afterwards.
    ///
    /// The last that closes a file puts its log into it and deletes the log; a connection that only reads cannot do that, so it must not be the last.
    func close() throws {
        (database as? DatabasePool)?.releaseMemory()
        try database.close()
    }
}

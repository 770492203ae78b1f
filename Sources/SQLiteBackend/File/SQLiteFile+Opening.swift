import Dispatch
import Engine
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension SQLiteFile {
    /// How large the log may stay when it is begun anew, in bytes.
    private static let logLimit = 16 << 20

    /// Opens a file and brings its schema up to date. A file that this user may only read is opened for reading.
    /// - Parameters:
    ///   - creating: whether the file, and the folder that it is in, are made where they are not there.
    ///   - host: which host this is; tests give another.
    ///   - sinceBoot: the host's monotonic clock; tests give another.
    /// - Throws: `StoreError` that says what is wrong with the file, and what to do.
    static func open(
        _ location: SQLiteLocation, creating: Bool = true, host: HostFacts = .system(),
        sinceBoot: @escaping @Sendable () -> Duration = HostClock.systemSinceBoot
    ) async throws -> SQLiteFile {
        let opening = Opening(location: location, creating: creating, host: host, sinceBoot: sinceBoot)
        var looks = 0
        while true {
            do { return try await opening.onThread() } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY && looks < 1_000
            {
                // Two that make a file at the same time are not made to wait by SQLite itself.
                looks += 1
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...15)))
            } catch { throw StoreError.of(error, in: location.path) }
        }
    }

    private struct Opening: Sendable {
        let location: SQLiteLocation
        let creating: Bool
        let host: HostFacts
        let sinceBoot: @Sendable () -> Duration
        let patience = Patience()

        /// What waits for a disk does not belong on the threads that all tasks share.
        func onThread() async throws -> SQLiteFile {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(with: Result { try open() }) }
            }
        }

        private func open() throws -> SQLiteFile {
            guard let path = location.path else { return try openInMemory() }
            let place = FilePlace(path: path)
            switch try place.plan(creating: creating) {
            case .make(let folder):
                if folder { try makeFolder(place.folder) }
                return try openForWriting(path)
            case .open(true, _): return try openForReading(path)
            case .open(false, let isOurs):
                if !isOurs, place.header != .empty { try checkOwner(path) }
                return try openForWriting(path)
            }
        }

        private func makeFolder(_ folder: String) throws {
            guard mkdir(folder, 0o777) != 0, errno != EEXIST else { return }
            throw StoreError(.unauthorized, "the folder '\(folder)' cannot be made: \(String(cString: strerror(errno)))")
        }

        private func openInMemory() throws -> SQLiteFile {
            let database = try DatabaseQueue(configuration: configuration())
            let clock = try database.write { try prepare($0) }
            return SQLiteFile(location: location, clock: clock, isReadOnly: false, database: database, identity: nil)
        }

        private func openForWriting(_ path: String) throws -> SQLiteFile {
            let pool = try DatabasePool(path: Self.plain(path), configuration: configuration())
            let log = LogBound(patience: patience)
            // GRDB's own choice for write-ahead logs is NORMAL.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = \(location.synchronous.rawValue)")
                try db.execute(sql: "PRAGMA journal_size_limit = \(logLimit)")
                log.watch(db)
            }
            let identity = FileIdentity(path: path)
            // Whoever finds everything as it should be does not wait for the file.
            let clock =
                try pool.read { try standing($0) }
                ?? pool.writeWithoutTransaction { db in
                    var clock: HostClock?
                    try db.inTransaction(.immediate) {
                        clock = try prepare(db)
                        return .commit
                    }
                    return clock
                }
            guard let clock else { throw StoreError(.unavailable, "'\(path)' was not opened") }
            return SQLiteFile(
                location: location, clock: clock, isReadOnly: false, database: pool, identity: identity,
                log: log)
        }

        private func standing(_ db: GRDB.Database) throws -> HostClock? {
            guard try Migration.version(of: db, path: location.path) == Migration.all.last?.number, let anchor = try claim.standing(db)
            else {
                return nil
            }
            return HostClock(anchor: anchor, sinceBoot: sinceBoot)
        }

        private func prepare(_ db: GRDB.Database) throws -> HostClock {
            _ = try Migration.version(of: db, path: location.path)
            try Migration.migrate(db)
            let anchor = try claim.make(db, takingOver: location.takesOver, sinceBoot: sinceBoot(), path: location.path)
            return HostClock(anchor: anchor, sinceBoot: sinceBoot)
        }

        private var claim: HostClaim { HostClaim(host: host, now: Date(), sinceBoot: sinceBoot()) }

        private func openForReading(_ path: String) throws -> SQLiteFile {
            var configuration = configuration()
            configuration.readonly = true
            let pool = try Self.readable(path, configuration)
            let clock = try pool.read { db in
                guard let version = try Migration.version(of: db, path: path), version == Migration.all.last?.number else {
                    throw StoreError(
                        .unauthorized,
                        "'\(path)' is of an older release, and may only be read by this user: open it once where it may be written")
                }
                return try standing(db) ?? HostClock(anchor: claim.bootedAt, sinceBoot: sinceBoot)
            }
            return SQLiteFile(location: location, clock: clock, isReadOnly: true, database: pool, identity: nil)
        }

        /// Where the log cannot be made beside the file, and is not there, nobody writes to the file: it is read as it is.
        private static func readable(_ path: String, _ configuration: Configuration) throws -> DatabasePool {
            do {
                return try checked(DatabasePool(path: plain(path), configuration: configuration))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY {
                guard isEmpty(path + "-wal") else { throw error }
                return try checked(DatabasePool(path: "file:\(escaped(path))?immutable=1", configuration: configuration))
            }
        }

        /// Only a read tells whether a file can be read.
        private static func checked(_ pool: DatabasePool) throws -> DatabasePool {
            _ = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
            return pool
        }

        private static func isEmpty(_ path: String) -> Bool {
            var status = stat()
            return stat(path, &status) != 0 || status.st_size == 0
        }

        /// Looks into a file of which its header alone does not say that it is ours, without changing it.
        private func checkOwner(_ path: String) throws {
            var configuration = configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: Self.plain(path), configuration: configuration)
            defer { try? queue.close() }
            try queue.read { db in
                let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
                guard id == Migration.applicationID || id == 0 && isEmpty else { throw FilePlace.foreign(path) }
            }
        }

        private func configuration() -> Configuration {
            var configuration = Configuration()
            configuration.label = "swiftflow.sqlite"
            configuration.maximumReaderCount = 4
            // Processes take turns at the file; each holds it for milliseconds.
            configuration.busyMode = .callback { [patience] looks in
                guard let pause = patience.pause(after: looks) else { return false }
                Pause.make(pause)
                return true
            }
            // What a savepoint could take back is kept in memory, not in a file that a full disk has no room for.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
            return configuration
        }

        /// SQLite takes a path that begins with `file:` for a URL.
        private static func plain(_ path: String) -> String { path.hasPrefix("file:") ? "./" + path : path }

        private static func escaped(_ path: String) -> String {
            path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        }
    }
}

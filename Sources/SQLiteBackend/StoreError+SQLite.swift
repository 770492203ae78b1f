import Engine
import GRDB

extension StoreError {
    /// What an error of SQLite means for the engine. A transaction that did not commit has done nothing; only where the disk itself failed nobody knows.
    init(_ error: DatabaseError) {
        let said = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.unavailable, "another process has held the file locked for too long (\(said))")
        case .SQLITE_FULL:
            self.init(.unavailable, "the disk is full, or the file has its largest size; make room, what waits is written then (\(said))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.unauthorized, "the file cannot be written to: check its permissions and those of its folder (\(said))")
        case .SQLITE_CANTOPEN:
            self.init(.unavailable, "the file cannot be opened: check that it and its folder are there and may be written to (\(said))")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .malformed, "the file is damaged or no SQLite database (\(said)); keep a copy, and see what `sqlite3 FILE .recover` finds")
        case .SQLITE_TOOBIG:
            self.init(.refused, "a value is larger than SQLite takes (\(said))")
        case .SQLITE_IOERR:
            self.init(.unavailable, "the disk answers with an error (\(said))", outcome: .unknown)
        default:
            self.init(.unavailable, "SQLite: \(said) (code \(error.extendedResultCode.rawValue))")
        }
    }

    /// Any error that work on the file can end with.
    static func of(_ error: any Error) -> StoreError {
        error as? StoreError ?? (error as? DatabaseError).map { StoreError($0) } ?? StoreError(.unavailable, "\(error)", outcome: .unknown)
    }
}

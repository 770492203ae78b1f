import Engine
import GRDB

extension StoreError {
    /// What an error of SQLite means for the engine. Nothing of a transaction is kept that was not committed, so only an error of the commit itself can leave open what happened; see `ofCommit`.
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
            self.init(.unavailable, "the disk answers with an error (\(said), code \(error.extendedResultCode.rawValue))")
        case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_RANGE:
            self.init(.refused, "SQLite refuses it: \(said) (code \(error.extendedResultCode.rawValue))")
        default:
            self.init(.unavailable, "SQLite: \(said) (code \(error.extendedResultCode.rawValue))")
        }
    }

    /// Any error that work on a file can end with before it is committed.
    /// - Parameter path: the file; `nil` for one in memory.
    static func of(_ error: any Error, in path: String? = nil) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return StoreError(.unavailable, "\(error)") }
        return StoreError(error).naming(path)
    }

    /// The error of a commit. Where the disk failed in the middle of it, the end of the transaction may be in the log all the same, and whoever opens the file next finds it.
    static func ofCommit(_ error: any Error, in path: String?) -> StoreError {
        var result = of(error, in: path)
        let code = (error as? DatabaseError)?.resultCode
        if code == .SQLITE_IOERR || code == .SQLITE_NOMEM || code == .SQLITE_INTERNAL { result.outcome = .unknown }
        return result
    }

    private func naming(_ path: String?) -> StoreError {
        guard let path else { return self }
        return StoreError(kind, "'\(path)': \(message)", outcome: outcome)
    }
}

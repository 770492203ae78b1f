import Engine
import GRDB

/// The leader's lease. Times are milliseconds since 1970 by the host's clock.
struct LeaseRow: Sendable {
    var key: String
    var session: String
    var term: Int64
    var expiresAt: Int64

    func leadership(at now: Int64) -> Leadership {
        Leadership(key: key, session: session, term: term, secondsLeft: Double(expiresAt - now) / 1_000)
    }
}

extension LeaseRow {
    static func find(_ db: GRDB.Database) throws -> LeaseRow? {
        let statement = try db.cachedStatement(sql: "SELECT key, session, term, expires_at FROM election WHERE id = 1")
        guard let row = try Row.fetchOne(statement) else { return nil }
        var lease = LeaseRow(key: row["key"], session: row["session"], term: row["term"], expiresAt: row["expires_at"])
        // The leader whose process is gone leads no more.
        if lease.expiresAt > 0, let holder = try NodeRow.find(db, lease.key), holder.session == lease.session,
            holder.process?.isGone() == true
        {
            lease.expiresAt = 0
        }
        return lease
    }

    func put(_ db: GRDB.Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO election (id, key, session, term, expires_at) VALUES (1, ?, ?, ?, ?)")
        try statement.execute(arguments: [key, session, term, expiresAt])
    }
}

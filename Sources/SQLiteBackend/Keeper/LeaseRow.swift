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
        return try Row.fetchOne(statement).map { row in
            LeaseRow(key: row["key"], session: row["session"], term: row["term"], expiresAt: row["expires_at"])
        }
    }

    func put(_ db: GRDB.Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO election (id, key, session, term, expires_at) VALUES (1, ?, ?, ?, ?)")
        try statement.execute(arguments: [key, session, term, expiresAt])
    }
}

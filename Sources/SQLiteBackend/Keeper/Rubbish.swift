import GRDB
import Workflow

/// What nobody needs any more. Nothing is decided by its absence.
enum Rubbish {
    /// How long after its end the row of a node is kept.
    static let nodesAfter = Duration.seconds(7 * 24 * 3_600)

    /// How long the row of a node is kept that left by itself and whose process is gone: `run` is a node for each of its runs, and nobody wants to see them for a week.
    static let leftAfter = Duration.seconds(600)
    /// How long a command is kept that is settled, as on MongoDB.
    static let commandsAfter = Duration.seconds(30 * 24 * 3_600)
    /// The most rows of nodes that are looked at in one go.
    private static let limit = 1_000

    static func remove(_ db: GRDB.Database, now: Int64, except key: String) throws {
        let nodes = try db.cachedStatement(sql: "DELETE FROM heartbeat WHERE expires_at < ? AND key <> ?")
        try nodes.execute(arguments: [now - nodesAfter.milliseconds, key])
        let locks = try db.cachedStatement(sql: "DELETE FROM mutex WHERE expires_at < ?")
        try locks.execute(arguments: [now - LockRules.rubbishAfter.milliseconds])
        let commands = try db.cachedStatement(sql: "DELETE FROM message WHERE is_open = 0 AND at < ?")
        try commands.execute(arguments: [now - commandsAfter.milliseconds])
        try removeLeft(db, now: now, except: key)
    }

    /// Who leaves by itself drains first; who was declared dead did not, and is kept for people to see. A process that is gone sends no late join either.
    private static func removeLeft(_ db: GRDB.Database, now: Int64, except key: String) throws {
        let found = try db.cachedStatement(
            sql: "SELECT key, process FROM heartbeat WHERE is_alive = 0 AND is_draining = 1 AND expires_at < ? AND key <> ? LIMIT \(limit)")
        let left = try Row.fetchAll(found, arguments: [now - leftAfter.milliseconds, key])
        for row in left where (row["process"] as String?).flatMap(ProcessMark.init)?.isGone() == true {
            try db.cachedStatement(sql: "DELETE FROM heartbeat WHERE key = ?").execute(arguments: [row["key"] as String])
        }
    }
}

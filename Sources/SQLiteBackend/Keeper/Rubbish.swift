import GRDB
import Workflow

/// What nobody needs any more. Nothing is decided by its absence.
enum Rubbish {
    /// How long after its end the row of a node is kept.
    static let nodesAfter = Duration.seconds(7 * 24 * 3_600)

    static func remove(_ db: GRDB.Database, now: Int64, except key: String) throws {
        let nodes = try db.cachedStatement(sql: "DELETE FROM heartbeat WHERE expires_at < ? AND key <> ?")
        try nodes.execute(arguments: [now - nodesAfter.milliseconds, key])
        let locks = try db.cachedStatement(sql: "DELETE FROM mutex WHERE expires_at < ?")
        try locks.execute(arguments: [now - LockRules.rubbishAfter.milliseconds])
    }
}

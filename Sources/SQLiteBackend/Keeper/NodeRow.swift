import BSON
import Engine
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A node's row. Times are milliseconds since 1970 by the host's clock.
struct NodeRow: Sendable {
    var node: NodeDescription
    var session: String
    var isAlive: Bool
    var isDraining: Bool
    var expiresAt: Int64
    var joinedAt: Int64
    /// The process of the session, where it is known.
    var process: ProcessMark?

    func status(at now: Int64) -> NodeStatus {
        NodeStatus(
            node: node, session: session, isAlive: isAlive, isDraining: isDraining, secondsLeft: Double(expiresAt - now) / 1_000,
            joinedAt: Date(milliseconds: joinedAt))
    }
}

extension NodeRow {
    private static let columns = "key, session, is_alive, is_draining, expires_at, joined_at, node, process"
    /// Rows of the dead must not push out the living.
    private static let limit = 10_000

    static func find(_ db: GRDB.Database, _ key: String) throws -> NodeRow? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM heartbeat WHERE key = ?")
        return try Row.fetchOne(statement, arguments: [key]).map { NodeRow($0) }
    }

    static func all(_ db: GRDB.Database) throws -> [NodeRow] {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM (SELECT \(columns) FROM heartbeat ORDER BY is_alive DESC, key LIMIT \(limit)) ORDER BY key")
        return try Row.fetchAll(statement).map { NodeRow($0) }
    }

    func put(_ db: GRDB.Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO heartbeat (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        let description = Data(try BSONEncoder().encode(node).bytes)
        try statement.execute(arguments: [node.key, session, isAlive, isDraining, expiresAt, joinedAt, description, process?.text])
    }

    private init(_ row: Row) {
        let key: String = row["key"]
        // Whether a node lives is judged without its description: one that another release wrote must not cost a live node its runs. It takes no work then.
        let description = (row["node"] as Data?).flatMap { data in
            try? BSONDecoder().decode(NodeDescription.self, from: Document(validating: Array(data)))
        }
        self.init(
            node: description ?? NodeDescription(key: key, actions: [], flows: [], capacity: 0, host: "?", pid: 0), session: row["session"],
            isAlive: row["is_alive"], isDraining: row["is_draining"], expiresAt: row["expires_at"], joinedAt: row["joined_at"],
            process: (row["process"] as String?).flatMap(ProcessMark.init))
        // Whoever is gone renews no more: its lease is over, whatever was left of it. It joined in the past, so that is a time that is over, and not so long ago that the row is rubbish.
        if isAlive, process?.isGone() == true { expiresAt = min(expiresAt, joinedAt) }
    }
}

extension Date {
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1_000) }
    /// To the nearest: a date in whole milliseconds may be a hair below.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

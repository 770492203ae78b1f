import Foundation
import GRDB

/// The rows of a file, written again without anything around it.
struct BareUpserts {
    private struct Table: Sendable {
        var create: [String]
        var upsert: String
        var rows: [StatementArguments]
        var times: Int
    }

    private let tables: [Table]

    /// How many rows are written.
    var count: Int { tables.reduce(0) { $0 + $1.rows.count * $1.times } }

    /// - Parameter path: a file that a node has filled.
    init(of path: String) throws {
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }
        // Submitted, given out, ended: what the engine writes of a run whose tasks are quick.
        tables = try database.read { db in try [("task_instance", 1), ("dag_instance", 3)].map { try Self.table($0.0, times: $0.1, db) } }
    }

    private static func table(_ name: String, times: Int, _ db: Database) throws -> Table {
        let create = try String.fetchAll(
            db, sql: "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", arguments: [name])
        let columns = try db.columns(in: name).map(\.name)
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let updates = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(name)").map { StatementArguments($0.databaseValues) }
        return Table(
            create: create,
            upsert: "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT (id) DO UPDATE SET \(updates)",
            rows: rows, times: times)
    }

    /// - Returns: how long it took.
    func run(into path: String, synchronous: String) throws -> Duration {
        let pool = try DatabasePool(path: path)
        defer { try? pool.close() }
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
            for table in tables { for sql in table.create { try db.execute(sql: sql) } }
        }
        let start = ContinuousClock.now
        try pool.writeWithoutTransaction { db in
            for table in tables {
                let statement = try db.cachedStatement(sql: table.upsert)
                for _ in 0..<table.times {
                    for start in stride(from: 0, to: table.rows.count, by: 1_000) {
                        try db.inTransaction {
                            for row in table.rows[start..<min(start + 1_000, table.rows.count)] {
                                statement.setUncheckedArguments(row)
                                try statement.execute()
                            }
                            return .commit
                        }
                    }
                }
            }
        }
        return ContinuousClock.now - start
    }
}

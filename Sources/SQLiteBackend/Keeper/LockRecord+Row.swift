import BSON
import Engine
import GRDB
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A lock's row.
extension LockRecord {
    private static let columns = "key, token, owner, since, expires_at, wanted_at, forced"

    static func find(_ db: GRDB.Database, _ key: String) throws -> LockRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM mutex WHERE key = ?")
        return try Row.fetchOne(statement, arguments: [key]).map { try LockRecord($0) }
    }

    /// Those that are held, and those with a trace of a forced release.
    static func rowsOfInterest(_ db: GRDB.Database, now: Int64) throws -> [Row] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns), owner IS NOT NULL AND expires_at > ? AS is_held FROM mutex
                WHERE is_held OR forced IS NOT NULL ORDER BY is_held DESC, key LIMIT 10000
                """)
        return try Row.fetchAll(statement, arguments: [now])
    }

    func put(_ db: GRDB.Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO mutex (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)")
        let owner = try owner.map { try Self.blob($0) }
        let traces = forced.isEmpty ? nil : try Self.blob(Traces(forced: forced))
        try statement.execute(arguments: [key, token, owner, since?.milliseconds, expiresAt.milliseconds, wantedAt?.milliseconds, traces])
    }

    /// - Throws: `StoreError` of the kind `.malformed` for a row that nobody of ours wrote.
    init(_ row: Row) throws {
        let key: String = row["key"]
        do {
            self.init(
                key: key, token: row["token"], owner: try Self.value(row["owner"]),
                since: (row["since"] as Int64?).map { Date(milliseconds: $0) },
                expiresAt: Date(milliseconds: row["expires_at"]), wantedAt: (row["wanted_at"] as Int64?).map { Date(milliseconds: $0) },
                forced: (try Self.value(row["forced"]) as Traces?)?.forced ?? [])
        } catch { throw StoreError(.malformed, "the lock '\(key)' in the file does not decode: \(error)") }
    }

    private struct Traces: Codable { var forced: [ForcedRelease] }

    private static func blob(_ value: some Encodable) throws -> Data { Data(try BSONEncoder().encode(value).bytes) }

    private static func value<V: Decodable>(_ data: Data?) throws -> V? {
        try data.map { try BSONDecoder().decode(V.self, from: Document(validating: Array($0))) }
    }
}

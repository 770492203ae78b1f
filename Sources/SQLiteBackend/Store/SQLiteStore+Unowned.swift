import BSON
import Engine
import GRDB
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs that nobody owns: which wait for their start, which for a time, and how they are changed.
extension SQLiteStore {
    func pending(after: String?, limit: Int) async throws -> Page<DagInstance> {
        let place = after.flatMap(QueuePlace.init)
        let (found, next) = try await file.read { db in try db.queue(after: place, limit: limit) }
        return found.page(limit: limit, next: next, DagInstance.init)
    }

    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        let others = try Self.list(dagIds)
        return try await file.read { db in
            // Read along the index: of the others only the keys.
            try db.documents(
                GRDB.Database.instances,
                """
                SELECT id, document FROM dag_instance INDEXED BY instance_status
                WHERE status = 'init' AND dag_id NOT IN (SELECT value FROM json_each(?)) ORDER BY created_at, id LIMIT ?
                """, [others, limit])
        }.page(DagInstance.init)
    }

    /// Texts as one argument, however many they are.
    private static func list(_ texts: [String]) throws -> String { String(decoding: try JSONEncoder().encode(texts), as: UTF8.self) }

    func activeRuns(of dagId: String, limit: Int) async throws -> [String] {
        // Runs that stand for one task of another run are parts of that one, and count with it.
        let owned = DagInstanceStatus.allCases.filter(\.isOwned).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try await file.read { db in
            try db.rows(
                """
                SELECT id FROM dag_instance INDEXED BY instance_status WHERE status IN (\(owned)) AND dag_id = ?1 AND is_part = 0
                UNION ALL
                SELECT id FROM dag_instance INDEXED BY instance_status WHERE status = 'parked' AND dag_id = ?1 AND is_part = 0 AND run_epoch > 0
                LIMIT ?2
                """, [dagId, limit]
            ) { $0[0] as String }
        }
    }

    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        let condition = dagId == nil ? "" : "AND dag_id = ?1"
        let count = try await file.read { db in
            try db.number(
                "SELECT count(*) FROM (SELECT 1 FROM dag_instance INDEXED BY instance_status WHERE status = 'init' \(condition) LIMIT ?2)",
                [dagId ?? "", limit])
        }
        return Int(clamping: count ?? 0)
    }

    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        let place = after.flatMap(InstanceList.Place.init)
        let (found, next) = try await file.read { db in
            let keys = try db.rows(
                """
                SELECT wake_at, id FROM dag_instance INDEXED BY instance_wake
                WHERE wake_at <= ?1 AND (wake_at, id) > (?2, ?3) AND status IN ('blocked', 'init', 'parked') ORDER BY wake_at, id LIMIT ?4
                """, [time.milliseconds, place?.createdAt ?? .min, place?.id ?? "", limit]
            ) { InstanceList.Place(createdAt: $0[0], id: $0[1]) }
            return (try keys.compactMap { try db.instance($0.id) }, keys.last?.text)
        }
        return found.page(limit: limit, next: next, DagInstance.init)
    }

    func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        guard !amendments.isEmpty else { return [] }
        let documents = amendments.map(\.instance.document)
        return try await file.write { db in
            try zip(amendments, documents).map { amendment, document in
                guard document.tooLarge == nil, let stored = try db.instance(amendment.instance.id) else { return false }
                // Two who amend make the same version, so only the whole document says whose it is.
                if stored.bytes == document.bytes { return true }
                guard let run = try? stored.decoded(DagInstance.init), run.version == amendment.expected, run.session == nil else {
                    return false
                }
                try db.replace(amendment.instance, document)
                return true
            }
        }
    }
}

/// Where a run stands among those that wait: higher priority first, then the oldest. As text priority, milliseconds and id with slashes in between.
private struct QueuePlace {
    var priority: Int64
    var createdAt: Int64
    var id: String

    init(priority: Int64, createdAt: Int64, id: String) { (self.priority, self.createdAt, self.id) = (priority, createdAt, id) }

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, let priority = Int64(parts[0]), let createdAt = Int64(parts[1]) else { return nil }
        self.init(priority: priority, createdAt: createdAt, id: String(parts[2]))
    }

    var text: String { "\(priority)/\(createdAt)/\(id)" }
}

extension GRDB.Database {
    fileprivate func queue(after place: QueuePlace?, limit: Int) throws -> ([StoredDocument], next: String?) {
        let bound = place == nil ? "" : "AND priority <= ?1 AND (priority < ?1 OR (created_at, id) > (?2, ?3))"
        let keys = try rows(
            """
            SELECT priority, created_at, id FROM dag_instance INDEXED BY instance_queue WHERE status = 'init' \(bound)
            ORDER BY priority DESC, created_at, id LIMIT ?4
            """, [place?.priority ?? 0, place?.createdAt ?? 0, place?.id ?? "", limit]
        ) { QueuePlace(priority: $0[0], createdAt: $0[1], id: $0[2]) }
        return (try keys.compactMap { try instance($0.id) }, keys.last?.text)
    }
}

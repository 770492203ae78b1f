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

/// Definitions: each version is kept once, and what is current points to one.
extension SQLiteStore {
    func dag(id: String) async throws -> DagRecord? {
        guard let head = try await file.read({ try $0.head(id) }) else { return nil }
        if let dag = known[head.key] { return head.record(dag) }
        guard let record = try await records([head]).first else { return nil }
        known.add(record.dag, key: head.key)
        return record
    }

    func dags(after: String?, limit: Int) async throws -> [DagRecord] {
        let heads = try await file.read { db in
            try db.documents("dag", "SELECT id, document FROM dag WHERE id > ? ORDER BY id LIMIT ?", [after ?? "", limit])
        }
        return try await records(try heads.map { try $0.decoded(DagHead.init) })
    }

    func dagVersion(id: String, version: String) async throws -> Dag? {
        let key = Dag.versionKey(id: id, version: version)
        if let dag = known[key] { return dag }
        guard let dag = try await file.read({ try $0.definition(key) })?.dag() else { return nil }
        known.add(dag, key: key)
        return dag
    }

    private func records(_ heads: [DagHead]) async throws -> [DagRecord] {
        let kept = try await file.read { db in try heads.map { try db.definition($0.key) } }
        return try zip(heads, kept).map { head, stored in
            guard let stored else {
                throw StoreError(.malformed, "dag '\(head.id)': its version \(head.version) is not in dag_version")
            }
            return head.record(try stored.dag())
        }
    }

    // MARK: Making definitions current

    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        let new = KeptDefinition(NewDefinition(dag: dag, version: version, source: source))
        return try await file.write { db in try db.apply(new, expectedRevision: expectedRevision) }
    }

    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        let kept = definitions.map(KeptDefinition.init)
        return try await file.write { db in
            kept.map { new in
                Result { () throws(StoreError) in
                    // Each alone: what is wrong with one keeps no other from being applied.
                    do { return try db.saved { try db.apply(new, onlyUnknown: onlyUnknown) } } catch { throw StoreError.of(error) }
                }
            }
        }
    }

    func keepVersions(_ definitions: [NewDefinition]) async throws {
        guard !definitions.isEmpty else { return }
        let kept = definitions.map(KeptDefinition.init)
        let failures = try await file.write { db in
            kept.compactMap { new -> StoreError? in
                do {
                    try db.saved { try db.keep(new) }
                    return nil
                } catch { return StoreError.of(error) }
            }
        }
        if let failure = failures.first { throw failure }
    }

    // MARK: What is said of a DAG

    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome {
        let isChanged = try await file.write { db -> Bool? in
            guard var head = try db.head(dagId) else { return nil }
            if head.state == state, head.revision == expectedRevision { return false }
            // Its own earlier sending.
            if head.state == state, head.revision == expectedRevision + 1 { return true }
            guard head.revision == expectedRevision else { return nil }
            try db.remember(head)
            (head.status, head.isPaused, head.origin) = (state.status, state.isPaused, state.origin)
            (head.revision, head.updatedAt) = (expectedRevision + 1, Date())
            try db.put(head)
            return true
        }
        guard let isChanged, let record = try await dag(id: dagId) else { return .conflict }
        return isChanged ? .applied(record) : .unchanged(record)
    }

    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] {
        let (now, before) = try await file.read { db in
            (
                try db.head(dagId),
                try db.documents(
                    "dag_history", "SELECT dag_id, document FROM dag_history WHERE dag_id = ? ORDER BY revision DESC LIMIT ?",
                    [dagId, limit])
            )
        }
        let past = try before.map { try $0.decoded(DagHead.init).asRevision }
        return Array(((now.map { [$0.asRevision] } ?? []) + past).prefix(limit))
    }

    func pausedDags(limit: Int) async throws -> [String] {
        try await file.read { db in
            try db.rows("SELECT id FROM dag INDEXED BY dag_paused WHERE is_paused = 1 ORDER BY id LIMIT ?", [limit]) { $0[0] as String }
        }
    }

    // MARK: Pools

    func put(_ pool: Pool) async throws {
        try await file.write { db in
            _ = try db.change(
                "INSERT INTO pool (name, slots) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET slots = ?2", [pool.name, pool.slots])
        }
    }

    func removePool(_ name: String) async throws -> Bool {
        try await file.write { db in try db.change("DELETE FROM pool WHERE name = ?", [name]) == 1 }
    }

    func pools() async throws -> [Pool] {
        try await file.read { db in
            try db.rows("SELECT name, slots FROM pool ORDER BY name LIMIT 10000", []) { Pool(name: $0[0], slots: $0[1]) }
        }
    }
}

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

/// A definition, encoded before the file is locked.
struct KeptDefinition: Sendable {
    let new: NewDefinition
    let document: Result<Document, StoreError>

    /// The largest definition, in bytes: SQLite takes no larger value.
    private static let limit = 900 << 20

    init(_ new: NewDefinition) {
        self.new = new
        document = Result { () throws(StoreError) in
            let document: Document
            do { document = try BSONEncoder().encode(new.dag) } catch {
                throw StoreError(.refused, "the definition '\(new.dag.id)' cannot be stored: \(error)")
            }
            guard document.bytes.count <= Self.limit else {
                throw StoreError(
                    .refused, "the definition '\(new.dag.id)' has \(document.bytes.count) bytes, the most is \(Self.limit); split it")
            }
            return document
        }
    }
}

extension DagHead {
    var key: String { Dag.versionKey(id: id, version: version) }
}

extension StoredDocument {
    /// The definition that it is.
    func dag() throws(StoreError) -> Dag {
        do { return try BSONDecoder().decode(Dag.self, from: try fields().document) } catch {
            throw error as? StoreError ?? StoreError(.malformed, "\(table) '\(id)': the definition does not decode: \(error)")
        }
    }
}

extension GRDB.Database {
    func head(_ id: String) throws -> DagHead? {
        try documents("dag", "SELECT id, document FROM dag WHERE id = ?", [id]).first.map { try $0.decoded(DagHead.init) }
    }

    func definition(_ key: String) throws -> StoredDocument? {
        try documents("dag_version", "SELECT id, definition FROM dag_version WHERE id = ?", [key]).first
    }

    /// Keeps a version, for ever.
    func keep(_ kept: KeptDefinition) throws {
        try change(
            "INSERT INTO dag_version (id, definition) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            [Dag.versionKey(id: kept.new.dag.id, version: kept.new.version), try kept.document.get().data])
    }

    func put(_ head: DagHead) throws { try put(head.id, head.isPaused, head.document) }

    private func put(_ id: String, _ isPaused: Bool, _ document: Document) throws {
        try change(
            "INSERT INTO dag (id, is_paused, document) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET is_paused = ?2, document = ?3",
            [id, isPaused, document.data])
    }

    /// Keeps what is about to be replaced.
    func remember(_ head: DagHead) throws {
        try change(
            "INSERT INTO dag_history (dag_id, revision, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [head.id, head.revision, head.kept.data])
    }

    func apply(_ kept: KeptDefinition, expectedRevision: Int64?) throws -> ApplyOutcome {
        let (new, head) = (kept.new, try head(kept.new.dag.id))
        if head?.matches(new) != true, head?.revision != expectedRevision { return .conflict }
        try keep(kept)
        if let head, head.matches(new) { return .unchanged(head.record(new.dag)) }
        return .applied(try point(to: new, after: head))
    }

    /// - Returns: `nil` where it was left alone.
    func apply(_ kept: KeptDefinition, onlyUnknown: Bool) throws -> ApplyOutcome? {
        let (new, head) = (kept.new, try head(kept.new.dag.id))
        if let head, let refusal = new.refusal(current: head.origin, source: head.source) { throw refusal }
        let isKept = try number("SELECT 1 FROM dag_version WHERE id = ?", [Dag.versionKey(id: new.dag.id, version: new.version)]) != nil
        try keep(kept)
        if let head, head.matches(new) { return .unchanged(head.record(new.dag)) }
        if onlyUnknown, isKept, let head, !new.revives(head.origin) { return nil }
        return .applied(try point(to: new, after: head))
    }

    private func point(to new: NewDefinition, after head: DagHead?) throws -> DagRecord {
        if let head { try remember(head) }
        let record = new.record(after: head)
        try put(new.dag.id, record.isPaused, new.document(after: head))
        return record
    }

    /// Something that leaves nothing behind where it throws.
    func saved<R>(_ body: () throws -> R) throws -> R {
        var result: R?
        try inSavepoint {
            result = try body()
            return .commit
        }
        guard let result else { throw StoreError(.unavailable, "the write was not done") }
        return result
    }
}

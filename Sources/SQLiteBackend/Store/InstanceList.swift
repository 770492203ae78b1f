import Engine
import GRDB
import Workflow

/// `commander list`: newest first, page by page, for a DAG or for all. Every way is along an index, so a page costs the same in a file of millions.
///
/// - Runs of a DAG: `instance_dag`, which has the status too: what is left out is not read.
/// - All runs, or those of a DAG that are not over (few, of all): `instance_status`, each status a sorted stream, merged here.
struct InstanceList {
    /// A run's place in the list; as text milliseconds, a slash and the id. It is given to users, who give it back.
    struct Place {
        var createdAt: Int64
        var id: String

        init(createdAt: Int64, id: String) { (self.createdAt, self.id) = (createdAt, id) }

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard parts.count == 2, let milliseconds = Int64(parts[0]) else { return nil }
            (createdAt, id) = (milliseconds, String(parts[1]))
        }

        var text: String { "\(createdAt)/\(id)" }
    }

    private let query: InstanceQuery
    private let after: Place?

    init(_ query: InstanceQuery) throws(StoreError) {
        self.query = query
        after = query.after.flatMap(Place.init)
        if let text = query.after, after == nil {
            throw StoreError(.refused, "'\(text.prefix(200))' is no place in a list; give what the page before named as next")
        }
    }

    /// The places of the page's runs.
    func keys(_ db: GRDB.Database) throws -> [Place] {
        if let dagId = query.dagId, query.statuses.isEmpty || query.statuses.contains(where: { $0.isFinal || $0 == .blocked }) {
            return try ofDag(dagId, db)
        }
        let statuses = query.statuses.isEmpty ? DagInstanceStatus.allCases : Array(query.statuses)
        let found = try statuses.flatMap { try inStatus($0, db) }
        let sorted = found.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
        return Array(sorted.prefix(query.limit))
    }

    private func ofDag(_ dagId: String, _ db: GRDB.Database) throws -> [Place] {
        let statuses = query.statuses.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let condition = statuses.isEmpty ? "" : "AND status IN (\(statuses))"
        return try read(
            "SELECT created_at, id FROM dag_instance INDEXED BY instance_dag WHERE dag_id = ?1 \(condition)", dagId, db)
    }

    private func inStatus(_ status: DagInstanceStatus, _ db: GRDB.Database) throws -> [Place] {
        let condition = query.dagId == nil ? "" : "AND dag_id = ?1"
        return try read(
            "SELECT created_at, id FROM dag_instance INDEXED BY instance_status WHERE status = '\(status.rawValue)' \(condition)",
            query.dagId ?? "", db)
    }

    private func read(_ sql: String, _ dagId: String, _ db: GRDB.Database) throws -> [Place] {
        let bound = after == nil ? "" : "AND (created_at, id) < (?2, ?3)"
        let whole = "\(sql) \(bound) ORDER BY created_at DESC, id DESC LIMIT ?4"
        return try db.rows(whole, [dagId, after?.createdAt ?? 0, after?.id ?? "", query.limit]) { Place(createdAt: $0[0], id: $0[1]) }
    }
}

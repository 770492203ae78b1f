import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// `commander list`: newest first, page by page, for a DAG or for all.
///
/// - All runs, or those of some statuses: `status_createdAt_id_dagId`, each status a sorted stream, merged. So no index without the status is needed.
/// - Runs of a DAG: `dagId_createdAt_id`.
/// - Runs of a DAG that failed, were canceled or are blocked: `dagId_unhappy`, which costs the runs that succeed nothing.
/// - Runs of a DAG that wait or run: the entries of these statuses in `status_createdAt_id_dagId`, which are those of runs that are not over; no document of another DAG is read.
/// - Runs of a DAG in statuses of several of these kinds: `dagId_createdAt_id`, what has another status is read and left out. That is far only where such runs are rare in the DAG.
extension Collections {
    func instances(_ query: InstanceQuery) -> Query {
        var filter: Document = [:]
        if let dagId = query.dagId { filter.append("dagId", .string(dagId)) }
        let asked = query.dagId == nil && query.statuses.isEmpty ? Set(DagInstanceStatus.allCases) : query.statuses
        let statuses = asked.map(\.rawValue).sorted()
        if !statuses.isEmpty { filter.append("status", .document(["$in": .array(statuses.map { .string($0) })])) }
        if let place = query.after.flatMap(Place.init) {
            let ranges: [BSONValue] = [
                .document(["createdAt": place.createdAt, "_id": ["$lt": .string(place.id)]]),
                .document(["createdAt": ["$lt": place.createdAt]]),
            ]
            // The first condition bounds the index, the second leaves out what has the same time and was shown.
            filter.append("createdAt", .document(["$lte": place.createdAt]))
            filter.append("$or", .array(ranges))
        }
        return Query(
            namespace: dagInstance, filter: filter, sort: ["createdAt": -1, "_id": -1], hint: Self.index(query).keys, limit: query.limit)
    }

    private static func index(_ query: InstanceQuery) -> IndexSpec {
        guard query.dagId != nil else { return Indexes.status }
        guard !query.statuses.isEmpty else { return Indexes.dagId }
        if query.statuses.allSatisfy(Indexes.unhappyStatuses.contains) { return Indexes.unhappy }
        return query.statuses.allSatisfy { !$0.isAtEnd } ? Indexes.status : Indexes.dagId
    }

    /// Where a page ends: milliseconds, a slash and the id. It is given to users, who give it back.
    struct Place {
        var createdAt: BSONValue
        var id: String

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard parts.count == 2, let milliseconds = Int64(parts[0]) else { return nil }
            createdAt = .date(BSONDate(milliseconds: milliseconds))
            id = String(parts[1])
        }

        /// The place of a document.
        static func text(of document: Document) -> String? { text(of: document, at: "createdAt") }

        /// The same in an order by another date.
        static func text(of document: Document, at key: String) -> String? {
            guard case .date(let date) = document[key], let id = document["_id"]?.stringValue else { return nil }
            return "\(date.milliseconds)/\(id)"
        }
    }
}

extension DagInstanceStatus {
    fileprivate var isAtEnd: Bool { isFinal || self == .blocked }
}

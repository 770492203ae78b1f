import BSON
import MongoDriver
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The queue of runs that wait for their start: higher priority first, then the oldest.
///
/// Runs without a priority, which is nearly all, have no field for it, and pay for no index but the one of the status. Those that have one are in an index of their own while they wait
/// (`prioritised`). A queue that is longer than a page is so read in three parts: above, without, and below.
extension Collections {
    enum QueuePart: CaseIterable {
        case above, without, below

        /// Whether what comes after a place can be in this part.
        func mayFollow(_ place: QueuePlace?) -> Bool {
            guard let place, let own = Self.allCases.firstIndex(of: self), let last = Self.allCases.firstIndex(of: place.priority.part)
            else {
                return true
            }
            return own >= last
        }
    }

    /// Where a run stands in the queue; as text priority, milliseconds and id with slashes in between.
    struct QueuePlace: Comparable {
        var priority: Int64
        var milliseconds: Int64
        var id: String

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 2)
            guard parts.count == 3, let priority = Int64(parts[0]), let milliseconds = Int64(parts[1]) else { return nil }
            (self.priority, self.milliseconds, id) = (priority, milliseconds, String(parts[2]))
        }

        init(of document: Document) {
            priority = document["priority"]?.int64Value ?? 0
            milliseconds = if case .date(let date) = document["createdAt"] { date.milliseconds } else { 0 }
            id = document["_id"]?.stringValue ?? ""
        }

        var text: String { "\(priority)/\(milliseconds)/\(id)" }

        static func < (left: QueuePlace, right: QueuePlace) -> Bool {
            (right.priority, left.milliseconds, left.id) < (left.priority, right.milliseconds, right.id)
        }
    }

    /// Index: `status_createdAt_id_dagId`, read backwards.
    func oldestPending(limit: Int) -> Query {
        Query(
            namespace: dagInstance, filter: ["status": .string(DagInstanceStatus.`init`.rawValue)], sort: ["createdAt": 1, "_id": 1],
            hint: Indexes.status.keys, limit: limit)
    }

    /// Index: `prioritised`; for runs without a priority `status_createdAt_id_dagId`, read backwards, where those with one are read and left out.
    func pending(_ part: QueuePart, after place: QueuePlace?, limit: Int) -> Query {
        var filter: Document = ["status": .string(DagInstanceStatus.`init`.rawValue)]
        let createdAt = BSONValue.date(BSONDate(milliseconds: place?.milliseconds ?? 0))
        let later: [BSONValue] = [
            .document(["createdAt": createdAt, "_id": ["$gt": .string(place?.id ?? "")]]), .document(["createdAt": ["$gt": createdAt]]),
        ]
        guard part != .without else {
            filter.append("priority", .document(["$exists": false]))
            if place != nil {
                filter.append("createdAt", .document(["$gte": createdAt]))
                filter.append("$or", .array(later))
            }
            return Query(
                namespace: dagInstance, filter: filter, sort: ["createdAt": 1, "_id": 1], hint: Indexes.status.keys, limit: limit)
        }
        var range: Document = part == .above ? ["$gt": .int64(0)] : ["$lt": .int64(0)]
        if let place {
            range.append("$lte", .int64(place.priority))
            let same: [BSONValue] = later.map { later in
                var one: Document = ["priority": .int64(place.priority)]
                for (key, value) in later.documentValue ?? [:] { one.append(key, value) }
                return .document(one)
            }
            filter.append("$or", .array(same + [.document(["priority": ["$lt": .int64(place.priority)]])]))
        }
        filter.append("priority", .document(range))
        return Query(
            namespace: dagInstance, filter: filter, sort: ["priority": -1, "createdAt": 1, "_id": 1], hint: Indexes.prioritised.keys,
            limit: limit)
    }

    /// Index: `status_createdAt_id_dagId`, read backwards: the keys of the others are read over, not their documents.
    func pending(except dagIds: [String], limit: Int) -> Query {
        let filter: Document = [
            "status": .string(DagInstanceStatus.`init`.rawValue), "dagId": ["$nin": .array(dagIds.map { .string($0) })],
        ]
        return Query(namespace: dagInstance, filter: filter, sort: ["createdAt": 1, "_id": 1], hint: Indexes.status.keys, limit: limit)
    }

    /// Index: `status_createdAt_id_dagId`: runs that are owned are few enough that their keys are read for one DAG. Only those of the DAG are read whole.
    func owned(of dagId: String, limit: Int) -> Query {
        let statuses: [BSONValue] = DagInstanceStatus.allCases.filter(\.isOwned).map { .string($0.rawValue) }
        let filter: Document = ["status": ["$in": .array(statuses)], "dagId": .string(dagId), "origin.kind": Self.isNoPart]
        return Query(namespace: dagInstance, filter: filter, projection: ["_id": 1], hint: Indexes.status.keys, limit: limit)
    }

    /// Runs that stand for one task of another run are parts of that one, and count with it.
    private static let isNoPart: BSONValue = ["$ne": .string(RunOrigin.Kind.task.rawValue)]

    /// Index: `parked_dagId`. Those that have started.
    func parked(of dagId: String, limit: Int) -> Query {
        let filter: Document = [
            "status": .string(DagInstanceStatus.parked.rawValue), "dagId": .string(dagId), "runEpoch": ["$gt": .int64(0)],
            "origin.kind": Self.isNoPart,
        ]
        return Query(namespace: dagInstance, filter: filter, projection: ["_id": 1], hint: Indexes.parked.keys, limit: limit)
    }

    /// Index: `status_createdAt_id_dagId`, alone; for one DAG the keys of others that wait are read over.
    func waiting(of dagId: String?, limit: Int) -> Query {
        var filter: Document = ["status": .string(DagInstanceStatus.`init`.rawValue)]
        if let dagId { filter.append("dagId", .string(dagId)) }
        return Query(namespace: dagInstance, filter: filter, projection: ["_id": 1], hint: Indexes.status.keys, limit: limit)
    }

    /// Index: `wakeAt`.
    func due(until time: Date, after place: Place?, limit: Int) -> Query {
        let statuses: [DagInstanceStatus] = [.blocked, .`init`, .parked]
        var range: Document = ["$lte": .date(time)]
        var filter: Document = ["status": ["$in": .array(statuses.map { .string($0.rawValue) })]]
        if let place {
            range.append("$gte", place.createdAt)
            let later: [BSONValue] = [
                .document(["wakeAt": place.createdAt, "_id": ["$gt": .string(place.id)]]),
                .document(["wakeAt": ["$gt": place.createdAt]]),
            ]
            filter.append("$or", .array(later))
        }
        filter.append("wakeAt", .document(range))
        return Query(namespace: dagInstance, filter: filter, sort: ["wakeAt": 1, "_id": 1], hint: Indexes.wakeAt.keys, limit: limit)
    }

    /// Index: `_id`.
    func instances(_ ids: [String]) -> Query {
        Query(
            namespace: dagInstance, filter: ["_id": ["$in": .array(ids.map { .string($0) })]], sort: ["_id": 1], limit: max(ids.count, 1))
    }
}

extension Int64 {
    /// The part of the queue that runs of this priority are in.
    var part: Collections.QueuePart { self > 0 ? .above : self < 0 ? .below : .without }
}

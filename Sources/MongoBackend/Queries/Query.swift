import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// A query that the engine makes, as a value, so that a test can ask the server which index it uses.
struct Query: Sendable {
    var namespace: Namespace
    var filter: Document
    var sort: Document = [:]
    var projection: Document?
    /// The keys of the index to use, where the server could take a worse one.
    var hint: Document?
    var limit: Int
}

extension Collections {
    /// Index: `_id`.
    func definitions(after: String?, limit: Int) -> Query {
        let filter: Document = if let after { ["_id": ["$gt": .string(after)]] } else { [:] }
        return Query(namespace: dag, filter: filter, sort: ["_id": 1], limit: limit)
    }

    /// Index: `_id`.
    func heads(of ids: [String]) -> Query { Query(namespace: dag, filter: Self.among(ids), limit: max(ids.count, 1)) }

    /// Index: `_id`, read backwards. An id can be the beginning of another, so the field is compared too.
    func revisions(of dagId: String, limit: Int) -> Query {
        let range: Document = ["$gte": .string("\(dagId)@"), "$lt": .string("\(dagId)A")]
        return Query(
            namespace: dagHistory, filter: ["_id": .document(range), "dagId": .string(dagId)], sort: ["_id": -1], limit: limit)
    }

    /// Index: `paused`, alone.
    func pausedDags(limit: Int) -> Query {
        Query(
            namespace: dag, filter: ["isPaused": true], sort: ["_id": 1], projection: ["_id": 1], hint: Indexes.pausedDags.keys,
            limit: limit)
    }

    /// Index: `_id`.
    func pools(limit: Int) -> Query { Query(namespace: pool, filter: [:], sort: ["_id": 1], limit: limit) }

    /// Index: `_id`.
    func versions(_ keys: [String]) -> Query { Query(namespace: dagVersion, filter: Self.among(keys), limit: max(keys.count, 1)) }

    /// Index: `_id`. Which versions there are, without their content.
    func versionsKept(_ keys: [String]) -> Query {
        Query(namespace: dagVersion, filter: Self.among(keys), projection: ["chunks": 1], limit: max(keys.count, 1))
    }

    /// Index: `_id`.
    func chunks(_ ids: [String]) -> Query { Query(namespace: dagChunk, filter: Self.among(ids), limit: max(ids.count, 1)) }

    /// Index: `_id`, alone: which chunks there are.
    func chunksKept(_ ids: [String]) -> Query {
        Query(namespace: dagChunk, filter: Self.among(ids), projection: ["_id": 1], limit: max(ids.count, 1))
    }

    private static func among(_ ids: [String]) -> Document { ["_id": ["$in": .array(ids.map { .string($0) })]] }

    /// Index: `owned`.
    func owned(after: (session: String, id: String)?, limit: Int) -> Query {
        var filter: Document = ["session": ["$exists": true]]
        if let after {
            let ranges: [BSONValue] = [
                .document(["session": .string(after.session), "_id": ["$gt": .string(after.id)]]),
                .document(["session": ["$gt": .string(after.session)]]),
            ]
            filter.append("$or", .array(ranges))
        }
        return Query(
            namespace: dagInstance, filter: filter, sort: ["session": 1, "_id": 1], projection: OwnedInstance.projection, limit: limit)
    }

    /// Index: `owned`.
    func assigned(to session: String, after: String?, limit: Int) -> Query {
        var filter: Document = ["session": .string(session)]
        if let after { filter.append("_id", .document(["$gt": .string(after)])) }
        return Query(namespace: dagInstance, filter: filter, sort: ["_id": 1], limit: limit)
    }

    /// Index: `_id`. The session is compared in the documents found.
    func assigned(to session: String, among ids: [String]) -> Query {
        let filter: Document = ["_id": ["$in": .array(ids.map { .string($0) })], "session": .string(session)]
        return Query(namespace: dagInstance, filter: filter, limit: max(ids.count, 1))
    }

    /// Index: `_id`. A run's tasks are the ids from `<run>/` to before `<run>0`, the character after the slash.
    func tasks(of dagInsId: String, runEpoch: Int64, after: String?, limit: Int) -> Query {
        let filter: Document = [
            "_id": .document(Self.range(of: "\(dagInsId)", after: after)),
            "version": ["$gte": .int64(RecordVersion(epoch: runEpoch).rawValue)],
        ]
        return Query(namespace: taskInstance, filter: filter, sort: ["_id": 1], limit: limit)
    }

    /// Index: `_id`.
    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) -> Query {
        let prefix = taskId.map { "\(dagInsId)/\($0)" } ?? dagInsId
        return Query(namespace: taskTrace, filter: ["_id": .document(Self.range(of: prefix, after: after))], sort: ["_id": 1], limit: limit)
    }

    /// Index: `_id`.
    func raisedTasks(of dagInsId: String, from: Int64, to: Int64) -> Query {
        let versions: Document = ["$gte": .int64(RecordVersion(epoch: from).rawValue), "$lt": .int64(RecordVersion(epoch: to).rawValue)]
        return Query(
            namespace: taskInstance, filter: ["_id": .document(Self.range(of: dagInsId, after: nil)), "version": .document(versions)],
            limit: 1)
    }

    private static func range(of prefix: String, after: String?) -> Document {
        let lower: Document = if let after { ["$gt": .string(after)] } else { ["$gte": .string(prefix + "/")] }
        var range = lower
        range.append("$lt", .string(prefix + "0"))
        return range
    }
}

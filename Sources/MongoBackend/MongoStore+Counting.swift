import BSON
import Engine
import MongoDriver
import Workflow

extension MongoStore {
    /// Index: `status_createdAt_id_dagId`, alone: no document is read, and no more entries than are counted or belong to other DAGs.
    func count(dagId: String?, statuses: Set<DagInstanceStatus>, upTo limit: Int) async throws -> Int {
        guard limit > 0, !statuses.isEmpty else { return 0 }
        let names = statuses.map(\.rawValue).sorted().map { BSONValue.string($0) }
        var filter: Document = ["status": .document(["$in": .array(names)])]
        if let dagId { filter.append("dagId", .string(dagId)) }
        let pipeline: [Document] = [
            ["$match": .document(filter)], ["$limit": .int64(Int64(limit))], ["$count": "count"],
        ]
        let namespace = collections.dagInstance
        let found = try await run("count") {
            try $0.aggregate(namespace, pipeline: pipeline, limit: 1, hint: Indexes.status.keys).first
        }
        return try found.map { Int(try FieldReader(document: $0, collection: namespace.collection).int("count")) } ?? 0
    }
}

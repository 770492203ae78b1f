public import BSON
import CMongo

extension Connection {
    /// The documents that match, at most `limit` of them (1 or more).
    ///
    /// `batchSize` is how many the server sends at once; by default all of them. `projection` names the fields wanted; `hint` is an index's key.
    public func find(
        _ namespace: Namespace, filter: Document = [:], sort: Document? = nil, projection: Document? = nil, skip: Int = 0, limit: Int,
        hint: Document? = nil, batchSize: Int? = nil
    ) throws(MongoError) -> [Document] {
        guard limit >= 1, skip >= 0, batchSize ?? 1 >= 1 else {
            throw MongoError(
                .invalidArgument, "limit and batchSize must be at least 1 and skip at least 0", operation: "find", namespace: namespace)
        }
        var options = findOptions(sort: sort, projection: projection, skip: skip, limit: limit, hint: hint)
        options.append("batchSize", .int64(Int64(batchSize ?? limit)))
        options.append("maxTimeMS", .int64(settings.timeLimit))
        return try query("find", namespace) { documents, reply, error in
            withBytes([filter, options]) {
                cm_find(
                    client, session, namespace.database, namespace.collection, $0[0], $0[1], settings.maximumResultBytes, documents, reply,
                    error)
            }
        }
    }

    /// The first document that matches.
    public func findOne(
        _ namespace: Namespace, filter: Document, sort: Document? = nil, projection: Document? = nil, hint: Document? = nil
    ) throws(MongoError) -> Document? {
        try find(namespace, filter: filter, sort: sort, projection: projection, limit: 1, hint: hint).first
    }

    /// The documents with these ids, by id; ids that do not exist are missing from the result. Asks in batches of 1,000.
    public func documents(_ namespace: Namespace, ids: [BSONValue], projection: Document? = nil) throws(MongoError) -> [BSONValue: Document]
    {
        var found: [BSONValue: Document] = [:]
        var rest = ids[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(1_000))
            rest = rest.dropFirst(1_000)
            let filter: Document = ["_id": ["$in": .array(batch)]]
            for document in try find(namespace, filter: filter, projection: projection, limit: batch.count) {
                if let id = document["_id"] { found[id] = document }
            }
        }
        return found
    }

    /// The result of an aggregation, at most `limit` documents (1 or more): a final `$limit` is added unless the pipeline writes (`$out`, `$merge`).
    public func aggregate(_ namespace: Namespace, pipeline: [Document], limit: Int, hint: Document? = nil) throws(MongoError) -> [Document]
    {
        guard limit >= 1 else {
            throw MongoError(.invalidArgument, "limit must be at least 1", operation: "aggregate", namespace: namespace)
        }
        let isWriting = pipeline.last.map { $0.contains(key: "$out") || $0.contains(key: "$merge") } ?? false
        let stages = isWriting ? pipeline : pipeline + [["$limit": .int64(Int64(limit))]]
        var options: Document = ["maxTimeMS": .int64(settings.timeLimit), "batchSize": .int32(Int32(clamping: limit))]
        if let hint { options.append("hint", .document(hint)) }
        return try query("aggregate", namespace) { documents, reply, error in
            withBytes([Document(array: stages), options]) {
                cm_aggregate(
                    client, session, namespace.database, namespace.collection, $0[0], $0[1], settings.maximumResultBytes, documents, reply,
                    error)
            }
        }
    }

    /// The server's plan for a find, with `verbosity` `queryPlanner`, `executionStats` or `allPlansExecution`.
    public func explain(
        find namespace: Namespace, filter: Document, sort: Document? = nil, projection: Document? = nil, skip: Int = 0, limit: Int,
        hint: Document? = nil, verbosity: String = "queryPlanner"
    ) throws(MongoError) -> Document {
        var find: Document = ["find": .string(namespace.collection), "filter": .document(filter)]
        for (key, value) in findOptions(sort: sort, projection: projection, skip: skip, limit: limit, hint: hint) {
            find.append(key, value)
        }
        return try command(namespace.database, ["explain": .document(find), "verbosity": .string(verbosity)], isRead: true)
    }

    private func findOptions(sort: Document?, projection: Document?, skip: Int, limit: Int, hint: Document?) -> Document {
        var options: Document = ["limit": .int64(Int64(limit))]
        if skip > 0 { options.append("skip", .int64(Int64(skip))) }
        if let sort { options.append("sort", .document(sort)) }
        if let projection { options.append("projection", .document(projection)) }
        if let hint { options.append("hint", .document(hint)) }
        return options
    }
}

extension Document {
    /// An array as libmongoc takes it: a document with the keys 0, 1, ...
    init(array documents: [Document]) {
        self.init(documents.enumerated().map { (String($0), .document($1)) })
    }
}

public import BSON
import CMongo

extension Connection {
    /// Finds one document, changes it and returns it, in one atomic step.
    ///
    /// With `upsert` a document is inserted where none matches; two upserts of one `_id` at once can end in `.duplicateKey` for one of them.
    /// After `.unknown` read back: a repeated call finds the document as the first one left it.
    public func findAndModify(
        _ namespace: Namespace, filter: Document, update: Modification, sort: Document? = nil, upsert: Bool = false,
        returnNew: Bool = false,
        projection: Document? = nil, arrayFilters: [Document]? = nil, hint: Document? = nil
    ) throws(MongoError) -> FindAndModifyResult {
        let isRemoval = update == .remove
        guard !isRemoval || (!upsert && !returnNew) else {
            throw MongoError(
                .invalidArgument, "a removal can neither upsert nor return the new document", operation: "findAndModify",
                namespace: namespace)
        }
        let flags = (isRemoval ? CM_MODIFY_REMOVE : 0) | (upsert ? CM_MODIFY_UPSERT : 0) | (returnNew ? CM_MODIFY_RETURN_NEW : 0)
        var extra: Document = [:]
        if let arrayFilters { extra.append("arrayFilters", .array(arrayFilters.map(BSONValue.document))) }
        if let hint { extra.append("hint", .document(hint)) }
        let change = try update.checked()
        let reply = try call("findAndModify", namespace, .write) { reply, error in
            withBytes([filter, change, sort, projection, extra]) { bytes in
                var modification = cm_modification(
                    filter: bytes[0], update: bytes[1], sort: bytes[2], fields: bytes[3], extra: bytes[4], flags: UInt32(flags),
                    max_time_ms: UInt32(settings.timeLimit))
                return cm_find_and_modify(client, session, namespace.database, namespace.collection, &modification, reply, error)
            }
        }
        try refuseWriteConcernError(reply, "findAndModify", namespace)
        return FindAndModifyResult(
            value: reply["value"]?.documentValue, upsertedID: reply[path: "lastErrorObject", "upserted"],
            matched: reply[path: "lastErrorObject", "n"]?.int64Value == 1 && reply[path: "lastErrorObject", "upserted"] == nil)
    }

    /// Inserts a document; `.duplicateKey` where its `_id` or a unique key is taken.
    public func insertOne(_ namespace: Namespace, _ document: Document) throws(MongoError) {
        _ = try single("insert", namespace, .insert(document))
    }

    /// Changes the first document that matches. No match is no error: see `matched`.
    public func updateOne(_ namespace: Namespace, filter: Document, update: UpdateSpec, upsert: Bool = false) throws(MongoError)
        -> UpdateResult
    {
        UpdateResult(try single("updateOne", namespace, .updateOne(filter: filter, update: update, upsert: upsert)))
    }

    /// Changes all documents that match. Not atomic, and not sent again by libmongoc: an error's outcome is `.unknown`.
    public func updateMany(_ namespace: Namespace, filter: Document, update: UpdateSpec, upsert: Bool = false) throws(MongoError)
        -> UpdateResult
    {
        UpdateResult(try single("updateMany", namespace, .updateMany(filter: filter, update: update, upsert: upsert)))
    }

    /// Replaces the first document that matches; `_id` stays.
    public func replaceOne(
        _ namespace: Namespace, filter: Document, replacement: Document, upsert: Bool = false
    ) throws(MongoError) -> UpdateResult {
        UpdateResult(try single("replaceOne", namespace, .replaceOne(filter: filter, replacement: replacement, upsert: upsert)))
    }

    /// Deletes the first document that matches, and returns how many were deleted (0 or 1).
    @discardableResult
    public func deleteOne(_ namespace: Namespace, filter: Document) throws(MongoError) -> Int {
        try single("deleteOne", namespace, .deleteOne(filter: filter)).deleted
    }

    /// Deletes all documents that match, and returns how many. Not atomic, as ``updateMany(_:filter:update:upsert:)``.
    @discardableResult
    public func deleteMany(_ namespace: Namespace, filter: Document) throws(MongoError) -> Int {
        try single("deleteMany", namespace, .deleteMany(filter: filter)).deleted
    }

    /// One write as a bulk of one, whose error is thrown.
    private func single(_ verb: String, _ namespace: Namespace, _ operation: WriteOperation) throws(MongoError) -> BulkResult {
        let result = try bulk(verb, namespace, [operation], ordered: true)
        guard let error = result.errors.first else { return result }
        throw MongoError(
            ServerCode.kind(error.code), error.message, code: error.code, operation: verb, namespace: namespace, outcome: error.outcome)
    }
}

extension UpdateResult {
    init(_ result: BulkResult) {
        self.init(matched: result.matched, modified: result.modified, upsertedID: result.upserted.first?.id)
    }
}

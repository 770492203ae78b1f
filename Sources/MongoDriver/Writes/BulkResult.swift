public import BSON

/// A write of a bulk that the server refused. Its neighbours are not affected.
public struct WriteError: Sendable, Hashable {
    /// Its place in the list of operations.
    public let index: Int
    public let code: Int
    public let message: String
    /// What became of this write.
    public let outcome: MongoError.Outcome

    public var isDuplicateKey: Bool {
        ServerCode.duplicateKeys.contains(code)
    }

    /// Whether the same write may succeed later.
    public var isTransient: Bool {
        MongoError(ServerCode.kind(code), message, code: code).isTransient
    }
}

/// A document that a bulk's upsert inserted.
public struct Upserted: Sendable, Hashable {
    /// The operation's place in the list of operations.
    public let index: Int
    public let id: BSONValue
}

/// What a bulk did. The server counts matches over the whole bulk only: who missed has to be read back
/// (``Connection/bulkUpdates(_:_:)`` does).
public struct BulkResult: Sendable, Hashable {
    public internal(set) var inserted = 0
    public internal(set) var matched = 0
    public internal(set) var modified = 0
    public internal(set) var deleted = 0
    public internal(set) var upserted: [Upserted] = []
    /// The writes that were refused, by index.
    public internal(set) var errors: [WriteError] = []

    /// Adds the answer to one command, whose operations had these indexes in the whole list.
    mutating func add(_ reply: Document, indexes: [Int], isMulti: (Int) -> Bool) {
        func count(_ key: String) -> Int { Int(reply[key]?.int64Value ?? 0) }
        func index(_ document: Document) -> Int? {
            document["index"]?.int64Value.flatMap { indexes.indices.contains(Int($0)) ? indexes[Int($0)] : nil }
        }
        inserted += count("nInserted")
        matched += count("nMatched")
        modified += count("nModified")
        deleted += count("nRemoved")
        for entry in (reply["upserted"]?.arrayValue ?? []).compactMap(\.documentValue) {
            if let index = index(entry), let id = entry["_id"] { upserted.append(Upserted(index: index, id: id)) }
        }
        for entry in (reply["writeErrors"]?.arrayValue ?? []).compactMap(\.documentValue) {
            guard let index = index(entry) else { continue }
            let code = Int(entry["code"]?.int64Value ?? 0)
            let outcome = isMulti(index) ? .unknown : ServerCode.outcome(code, labels: [])
            errors.append(
                WriteError(index: index, code: code, message: String((entry["errmsg"]?.stringValue ?? "").prefix(1_000)), outcome: outcome))
        }
    }
}

/// What an update of one filter did.
public struct UpdateResult: Sendable, Hashable {
    /// Documents that the filter found.
    public let matched: Int
    /// Documents that are different now.
    public let modified: Int
    /// The id of the document that an upsert inserted.
    public let upsertedID: BSONValue?
}

/// What findAndModify did.
public struct FindAndModifyResult: Sendable, Hashable {
    /// The document before the change, or after it with `returnNew`; nil where there is none.
    public let value: Document?
    /// The id of the document that an upsert inserted.
    public let upsertedID: BSONValue?
    /// Whether a document matched and was updated or removed.
    public let matched: Bool
}

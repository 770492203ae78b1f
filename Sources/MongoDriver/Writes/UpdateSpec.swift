public import BSON

/// How to change a document.
public enum UpdateSpec: Sendable, Hashable {
    /// Update operators: `["$set": ["status": "running"]]`. The first key must start with `$`.
    case document(Document)
    /// An aggregation pipeline, which can use `$$NOW` and the document's own fields. At least one stage.
    case pipeline([Document])

    /// The update as the server takes it. Checked here, since a document without operators would replace the whole one.
    func checked() throws(MongoError) -> Document {
        switch self {
        case .document(let update):
            guard update.isOperator else { throw MongoError(.invalidArgument, "an update must start with an operator such as $set") }
            return update
        case .pipeline(let stages):
            guard !stages.isEmpty, stages.allSatisfy(\.isOperator) else {
                throw MongoError(.invalidArgument, "an update pipeline needs at least one stage, and each must start with $")
            }
            return Document(array: stages)
        }
    }
}

/// What ``Connection/findAndModify(_:filter:update:sort:upsert:returnNew:projection:arrayFilters:hint:)`` does with the document it finds.
public enum Modification: Sendable, Hashable {
    /// Update operators, as in ``UpdateSpec/document(_:)``.
    case document(Document)
    /// An aggregation pipeline, as in ``UpdateSpec/pipeline(_:)``.
    case pipeline([Document])
    /// The whole new document; `_id` stays.
    case replacement(Document)
    case remove

    func checked() throws(MongoError) -> Document? {
        switch self {
        case .document(let update): return try UpdateSpec.document(update).checked()
        case .pipeline(let stages): return try UpdateSpec.pipeline(stages).checked()
        case .replacement(let document): return try document.checkedReplacement()
        case .remove: return nil
        }
    }
}

extension Document {
    var isOperator: Bool {
        firstKey?.hasPrefix("$") ?? false
    }

    func checkedReplacement() throws(MongoError) -> Document {
        guard !isOperator else { throw MongoError(.invalidArgument, "a replacement must not start with an operator") }
        return self
    }
}

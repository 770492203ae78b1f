package import BSON

extension Document {
    /// The same with the keys of all documents in it in order: dictionaries have none, and equal definitions must have equal chunks.
    package var keysSorted: Document { Document(map { ($0.key, $0.value.keysSorted) }.sorted { $0.0 < $1.0 }) }
}

extension BSONValue {
    fileprivate var keysSorted: BSONValue {
        if let elements = arrayValue { return .array(elements.map(\.keysSorted)) }
        if let document = documentValue { return .document(document.keysSorted) }
        return self
    }
}

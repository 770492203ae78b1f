/// A value of a JSON text as Swift's encoding sees it.
struct JSONValueEncoder: Encoder {
    let draft: JSONDraft
    let node: Int

    var codingPath: [any CodingKey] { draft.path(to: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        draft.mark(node, .object)
        return KeyedEncodingContainer(JSONFieldWriter<Key>(draft: draft, object: node))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        draft.mark(node, .array)
        return JSONElementWriter(draft: draft, array: node)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { draft.null(node) }
    func encode(_ value: String) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Bool) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Double) throws { try draft.number(value, into: node) }
    func encode(_ value: Float) throws { try draft.number(value, into: node) }
    func encode(_ value: Int) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Int8) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Int16) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Int32) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Int64) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: Int128) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt8) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt16) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt32) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt64) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode(_ value: UInt128) { draft.scalar(node) { $0.appendJSON(value) } }
    func encode<Value: Encodable>(_ value: Value) throws { try draft.encode(value, into: node) }
}

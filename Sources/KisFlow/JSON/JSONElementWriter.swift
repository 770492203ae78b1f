/// The elements of an array that is encoded.
struct JSONElementWriter: UnkeyedEncodingContainer {
    let draft: JSONDraft
    let array: Int

    var codingPath: [any CodingKey] { draft.path(to: array) }
    var count: Int { draft.nodes[array].count }

    func encodeNil() { draft.null(add()) }
    func encode(_ value: String) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Bool) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Double) throws { try draft.number(value, into: add()) }
    func encode(_ value: Float) throws { try draft.number(value, into: add()) }
    func encode(_ value: Int) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Int8) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Int16) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Int32) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Int64) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: Int128) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt8) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt16) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt32) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt64) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode(_ value: UInt128) { draft.scalar(add()) { $0.appendJSON(value) } }
    func encode<Value: Encodable>(_ value: Value) throws { try draft.encode(value, into: add()) }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        JSONValueEncoder(draft: draft, node: add()).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { JSONValueEncoder(draft: draft, node: add()).unkeyedContainer() }

    func superEncoder() -> any Encoder { JSONValueEncoder(draft: draft, node: add()) }

    private func add() -> Int { draft.add(to: array) }
}

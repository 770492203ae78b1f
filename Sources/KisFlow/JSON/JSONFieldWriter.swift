/// The fields of an object that is encoded.
struct JSONFieldWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let draft: JSONDraft
    let object: Int

    var codingPath: [any CodingKey] { draft.path(to: object) }

    func encodeNil(forKey key: Key) { draft.null(add(key)) }
    func encode(_ value: String, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Bool, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Double, forKey key: Key) throws { try draft.number(value, into: add(key)) }
    func encode(_ value: Float, forKey key: Key) throws { try draft.number(value, into: add(key)) }
    func encode(_ value: Int, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Int8, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Int16, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Int32, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Int64, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: Int128, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt8, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt16, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt32, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt64, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode(_ value: UInt128, forKey key: Key) { draft.scalar(add(key)) { $0.appendJSON(value) } }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try draft.encode(value, into: add(key)) }

    /// A second container for the same key goes on with the first one.
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        let node = draft.child(of: object, key: key.stringValue, .object) ?? add(key)
        return JSONValueEncoder(draft: draft, node: node).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let node = draft.child(of: object, key: key.stringValue, .array) ?? add(key)
        return JSONValueEncoder(draft: draft, node: node).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { JSONValueEncoder(draft: draft, node: draft.add(to: object, key: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { JSONValueEncoder(draft: draft, node: add(key)) }

    @inline(__always)
    private func add(_ key: Key) -> Int { draft.add(to: object, key: key.stringValue) }
}

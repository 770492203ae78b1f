/// Writes the fields of a document.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let storage: EncodingStorage
    let container: EncodingContainer

    var codingPath: [any CodingKey] { container.path.keys }

    private func slot(_ key: any CodingKey) -> EncodingSlot {
        EncodingSlot(parent: container, key: key)
    }

    func encodeNil(forKey key: Key) throws { try storage.write(.null, at: slot(key)) }
    func encode(_ value: Bool, forKey key: Key) throws { try storage.write(.bool(value), at: slot(key)) }
    func encode(_ value: String, forKey key: Key) throws { try storage.write(value, at: slot(key)) }
    func encode(_ value: Double, forKey key: Key) throws { try storage.write(.double(value), at: slot(key)) }
    func encode(_ value: Float, forKey key: Key) throws { try storage.write(.double(Double(value)), at: slot(key)) }
    func encode(_ value: Int, forKey key: Key) throws { try storage.write(.int64(Int64(value)), at: slot(key)) }
    func encode(_ value: Int8, forKey key: Key) throws { try storage.write(.int32(Int32(value)), at: slot(key)) }
    func encode(_ value: Int16, forKey key: Key) throws { try storage.write(.int32(Int32(value)), at: slot(key)) }
    func encode(_ value: Int32, forKey key: Key) throws { try storage.write(.int32(value), at: slot(key)) }
    func encode(_ value: Int64, forKey key: Key) throws { try storage.write(.int64(value), at: slot(key)) }
    func encode(_ value: UInt, forKey key: Key) throws { try storage.write(value, at: slot(key)) }
    func encode(_ value: UInt8, forKey key: Key) throws { try storage.write(.int32(Int32(value)), at: slot(key)) }
    func encode(_ value: UInt16, forKey key: Key) throws { try storage.write(.int32(Int32(value)), at: slot(key)) }
    func encode(_ value: UInt32, forKey key: Key) throws { try storage.write(.int64(Int64(value)), at: slot(key)) }
    func encode(_ value: UInt64, forKey key: Key) throws { try storage.write(value, at: slot(key)) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try storage.encode(value, at: slot(key)) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedEncoding<Nested>(storage: storage, container: storage.openLater(.document, at: slot(key))))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedEncoding(storage: storage, container: storage.openLater(.array, at: slot(key)))
    }

    func superEncoder() -> any Encoder {
        SlotEncoder(storage: storage, slot: slot(DynamicKey(stringValue: "super")))
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        SlotEncoder(storage: storage, slot: slot(key))
    }
}

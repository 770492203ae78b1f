/// Writes the elements of an array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let storage: EncodingStorage
    let container: EncodingContainer
    private(set) var count = 0

    init(storage: EncodingStorage, container: EncodingContainer) {
        self.storage = storage
        self.container = container
    }

    var codingPath: [any CodingKey] { container.path.keys }

    private mutating func slot() -> EncodingSlot {
        let key = DynamicKey(intValue: count)
        count += 1
        return EncodingSlot(parent: container, key: key)
    }

    mutating func encodeNil() throws { try storage.write(.null, at: slot()) }
    mutating func encode(_ value: Bool) throws { try storage.write(.bool(value), at: slot()) }
    mutating func encode(_ value: String) throws { try storage.write(value, at: slot()) }
    mutating func encode(_ value: Double) throws { try storage.write(.double(value), at: slot()) }
    mutating func encode(_ value: Float) throws { try storage.write(.double(Double(value)), at: slot()) }
    mutating func encode(_ value: Int) throws { try storage.write(.int64(Int64(value)), at: slot()) }
    mutating func encode(_ value: Int8) throws { try storage.write(.int32(Int32(value)), at: slot()) }
    mutating func encode(_ value: Int16) throws { try storage.write(.int32(Int32(value)), at: slot()) }
    mutating func encode(_ value: Int32) throws { try storage.write(.int32(value), at: slot()) }
    mutating func encode(_ value: Int64) throws { try storage.write(.int64(value), at: slot()) }
    mutating func encode(_ value: UInt) throws { try storage.write(value, at: slot()) }
    mutating func encode(_ value: UInt8) throws { try storage.write(.int32(Int32(value)), at: slot()) }
    mutating func encode(_ value: UInt16) throws { try storage.write(.int32(Int32(value)), at: slot()) }
    mutating func encode(_ value: UInt32) throws { try storage.write(.int64(Int64(value)), at: slot()) }
    mutating func encode(_ value: UInt64) throws { try storage.write(value, at: slot()) }
    mutating func encode<T: Encodable>(_ value: T) throws { try storage.encode(value, at: slot()) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedEncoding<Nested>(storage: storage, container: storage.openLater(.document, at: slot())))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedEncoding(storage: storage, container: storage.openLater(.array, at: slot()))
    }

    mutating func superEncoder() -> any Encoder {
        SlotEncoder(storage: storage, slot: slot())
    }
}

/// The `Encoder` that a value gets which encodes itself at a slot.
final class SlotEncoder: Encoder {
    private let storage: EncodingStorage
    private let slot: EncodingSlot
    private var container: (type: ElementType, container: EncodingContainer)?
    private(set) var isUsed = false

    init(storage: EncodingStorage, slot: EncodingSlot) {
        self.storage = storage
        self.slot = slot
    }

    var codingPath: [any CodingKey] { slot.path.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedEncoding<Key>(storage: storage, container: open(.document)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedEncoding(storage: storage, container: open(.array))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        self
    }

    /// A class hierarchy asks once per level and must get the same container.
    private func open(_ type: ElementType) -> EncodingContainer {
        isUsed = true
        if let open = container {
            if open.type != type { storage.note(storage.mistake("one value asked for a keyed and an unkeyed container", slot.path)) }
            return open.container
        }
        let opened = storage.openLater(type, at: slot)
        container = (type, opened)
        return opened
    }
}

extension SlotEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { try put(.null) }
    func encode(_ value: Bool) throws { try put(.bool(value)) }
    func encode(_ value: Double) throws { try put(.double(value)) }
    func encode(_ value: Float) throws { try put(.double(Double(value))) }
    func encode(_ value: Int) throws { try put(.int64(Int64(value))) }
    func encode(_ value: Int8) throws { try put(.int32(Int32(value))) }
    func encode(_ value: Int16) throws { try put(.int32(Int32(value))) }
    func encode(_ value: Int32) throws { try put(.int32(value)) }
    func encode(_ value: Int64) throws { try put(.int64(value)) }
    func encode(_ value: UInt8) throws { try put(.int32(Int32(value))) }
    func encode(_ value: UInt16) throws { try put(.int32(Int32(value))) }
    func encode(_ value: UInt32) throws { try put(.int64(Int64(value))) }

    func encode(_ value: UInt) throws {
        isUsed = true
        try storage.write(value, at: slot)
    }

    func encode(_ value: UInt64) throws {
        isUsed = true
        try storage.write(value, at: slot)
    }

    func encode(_ value: String) throws {
        isUsed = true
        try storage.write(value, at: slot)
    }

    func encode<T: Encodable>(_ value: T) throws {
        isUsed = true
        try storage.encode(value, at: slot)
    }

    private func put(_ value: BSONValue) throws {
        isUsed = true
        try storage.write(value, at: slot)
    }
}

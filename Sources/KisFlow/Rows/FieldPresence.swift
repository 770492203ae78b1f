/// Finds out which fields of a typed row have a value, without writing the row anywhere.
///
/// A field is what the row encodes under a top-level key; a property that is `nil` is not encoded, so its field is missing.
///
/// Not for concurrent use: what it finds it notes in one place for all rows.
struct FieldPresence {
    let must: [String]
    private let probe: PresenceEncoder

    init(must: [String]) {
        self.must = must
        probe = PresenceEncoder(wanted: must)
    }

    /// - Returns: the first of the `must` fields that the row lacks.
    func missingField<Row: Encodable>(in row: Row) throws -> String? {
        probe.begin()
        try row.encode(to: probe)
        guard probe.missing > 0 else { return nil }
        return zip(must, probe.isPresent).first { !$0.1 }?.0
    }
}

/// Notes top-level keys and throws away the values.
private final class PresenceEncoder: Encoder {
    let wanted: [String]
    /// Which of the wanted fields are there.
    private(set) var isPresent: [Bool]
    /// How many of them are not.
    private(set) var missing = 0
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(wanted: [String]) {
        self.wanted = wanted
        isPresent = Array(repeating: false, count: wanted.count)
    }

    func begin() {
        for index in isPresent.indices { isPresent[index] = false }
        missing = wanted.count
    }

    func note(_ key: String) {
        guard missing > 0 else { return }
        for index in wanted.indices where !isPresent[index] && wanted[index] == key {
            isPresent[index] = true
            missing -= 1
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(PresenceFields<Key>(probe: self))
    }

    /// A row that is no object has no fields.
    func unkeyedContainer() -> any UnkeyedEncodingContainer { Discarded() }

    func singleValueContainer() -> any SingleValueEncodingContainer { Transparent(probe: self) }
}

private struct PresenceFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let probe: PresenceEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) {}
    func encode(_ value: String, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Bool, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Double, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Float, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Int, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Int8, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Int16, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Int32, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: Int64, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: UInt, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: UInt8, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: UInt16, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: UInt32, forKey key: Key) { probe.note(key.stringValue) }
    func encode(_ value: UInt64, forKey key: Key) { probe.note(key.stringValue) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) {
        if T.self == FieldValue.self, let value = value as? FieldValue, value == .null { return }
        probe.note(key.stringValue)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        probe.note(key.stringValue)
        return KeyedEncodingContainer(PresenceFields<Nested>(probe: PresenceEncoder(wanted: [])))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        probe.note(key.stringValue)
        return Discarded()
    }

    func superEncoder() -> any Encoder { PresenceEncoder(wanted: []) }

    func superEncoder(forKey key: Key) -> any Encoder { PresenceEncoder(wanted: []) }
}

/// A single value that is an object itself, as in a type that wraps another one.
private struct Transparent: SingleValueEncodingContainer {
    let probe: PresenceEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() {}

    func encode<T: Encodable>(_ value: T) throws {
        try value.encode(to: probe)
    }

    func encode(_ value: Bool) {}
    func encode(_ value: String) {}
    func encode(_ value: Double) {}
    func encode(_ value: Float) {}
    func encode(_ value: Int) {}
    func encode(_ value: Int8) {}
    func encode(_ value: Int16) {}
    func encode(_ value: Int32) {}
    func encode(_ value: Int64) {}
    func encode(_ value: UInt) {}
    func encode(_ value: UInt8) {}
    func encode(_ value: UInt16) {}
    func encode(_ value: UInt32) {}
    func encode(_ value: UInt64) {}
}

private struct Discarded: UnkeyedEncodingContainer {
    var codingPath: [any CodingKey] { [] }
    var count: Int { 0 }

    func encodeNil() {}

    func encode<T: Encodable>(_ value: T) {}

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(PresenceFields<Key>(probe: PresenceEncoder(wanted: [])))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { Discarded() }

    func superEncoder() -> any Encoder { PresenceEncoder(wanted: []) }
}

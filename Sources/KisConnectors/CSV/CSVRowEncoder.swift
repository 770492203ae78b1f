/// Turns one row into named texts; refuses what does not fit into a field.
final class CSVRowEncoder: Encoder {
    private(set) var fields: [(key: String, value: String?)] = []
    /// The column that a value of its own kind is written to; `nil` for the row as a whole.
    private let column: (any CodingKey)?
    private let parent: CSVRowEncoder?

    var codingPath: [any CodingKey] { column.map { [$0] } ?? [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(column: (any CodingKey)? = nil, parent: CSVRowEncoder? = nil) {
        self.column = column
        self.parent = parent
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CSVKeyedFields<Key>(encoder: self, isNested: column != nil))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { CSVListRefusal(codingPath: codingPath) }

    func singleValueContainer() -> any SingleValueEncodingContainer { CSVSingleValue(encoder: self) }

    func set(_ value: String?, _ key: any CodingKey) {
        fields.append((key.stringValue, value))
    }

    /// Sets the value of the column that this encoder stands for.
    func setOwn(_ value: String?) throws {
        guard let column, let parent else { throw refusal("a row of a CSV file needs properties", at: []) }
        parent.set(value, column)
    }

    func encodeNested<T: Encodable>(_ value: T, _ key: any CodingKey) throws {
        try value.encode(to: CSVRowEncoder(column: key, parent: self))
    }

    func refusal(_ text: String, at path: [any CodingKey]) -> EncodingError {
        .invalidValue(text, .init(codingPath: path, debugDescription: text))
    }
}

private struct CSVKeyedFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: CSVRowEncoder
    let isNested: Bool
    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { try set(nil, key) }
    func encode(_ value: String, forKey key: Key) throws { try set(value, key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try check(key)
        try encoder.encodeNested(value, key)
    }

    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try set(value, key) }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try set(value.map { "\($0)" }, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try set(value.map { "\($0)" }, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try set(value.map { "\($0)" }, key) }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value { try encode(value, forKey: key) } else { try set(nil, key) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(CSVKeyedFields<Nested>(encoder: CSVRowEncoder(column: key, parent: encoder), isNested: true))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { CSVListRefusal(codingPath: codingPath + [key]) }

    func superEncoder() -> any Encoder { encoder }

    func superEncoder(forKey key: Key) -> any Encoder { CSVRowEncoder(column: key, parent: encoder) }

    private func set(_ value: String?, _ key: Key) throws {
        try check(key)
        encoder.set(value, key)
    }

    private func check(_ key: Key) throws {
        if isNested { throw encoder.refusal("a field of a CSV file holds no other fields", at: codingPath + [key]) }
    }
}

private struct CSVSingleValue: SingleValueEncodingContainer {
    let encoder: CSVRowEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() throws { try encoder.setOwn(nil) }
    func encode(_ value: String) throws { try encoder.setOwn(value) }
    func encode(_ value: Bool) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Double) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Float) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Int) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Int8) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Int16) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Int32) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: Int64) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: UInt) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: UInt8) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: UInt16) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: UInt32) throws { try encoder.setOwn("\(value)") }
    func encode(_ value: UInt64) throws { try encoder.setOwn("\(value)") }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder) }
}

/// A list where only a field fits.
private struct CSVListRefusal: UnkeyedEncodingContainer {
    let codingPath: [any CodingKey]
    var count: Int { 0 }

    func encodeNil() throws { throw refusal }
    func encode<T: Encodable>(_ value: T) throws { throw refusal }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CSVKeyedFields<Key>(encoder: CSVRowEncoder(), isNested: true))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
    func superEncoder() -> any Encoder { CSVRowEncoder() }

    private var refusal: EncodingError {
        .invalidValue("list", .init(codingPath: codingPath, debugDescription: "a CSV file holds no lists"))
    }
}

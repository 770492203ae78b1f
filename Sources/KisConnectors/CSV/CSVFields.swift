/// The fields of a record by the names of their columns.
struct CSVFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: CSVRowDecoder
    let codingPath: [any CodingKey]

    private var reader: CSVFieldReader { CSVFieldReader(source: source, codingPath: codingPath) }

    /// Columns without a value are left out.
    var allKeys: [Key] {
        source.columns.enumerated().filter { !source.isMissing($0.offset) }.compactMap { Key(stringValue: $0.element) }
    }

    func contains(_ key: Key) -> Bool { source.column(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { source.isMissing(try column(key)) }

    func decode(_ type: String.Type, forKey key: Key) throws -> String { try reader.string(column(key), key) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try reader.bool(column(key), key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try reader.double(column(key), key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try reader.double(column(key), key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try reader.number(column(key), type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try reader.number(column(key), type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try reader.number(column(key), type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try reader.number(column(key), type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try reader.number(column(key), type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try reader.number(column(key), type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try reader.number(column(key), type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try reader.number(column(key), type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try reader.number(column(key), type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try reader.number(column(key), type, key) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try T(from: CSVRecordDecoder(source: source, column: column(key), codingPath: codingPath + [key]))
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        guard let column = present(key) else { return nil }
        return try reader.string(column, key)
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        guard let column = present(key) else { return nil }
        return try reader.double(column, key)
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        guard let column = present(key) else { return nil }
        return try reader.number(column, type, key)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try CSVRecordDecoder(source: source, column: column(key), codingPath: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try CSVRecordDecoder(source: source, column: column(key), codingPath: codingPath + [key]).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { CSVRecordDecoder(source: source, column: nil, codingPath: codingPath) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        CSVRecordDecoder(source: source, column: try column(key), codingPath: codingPath + [key])
    }

    private func column(_ key: Key) throws -> Int {
        if let column = source.column(key.stringValue) { return column }
        throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "there is no such column"))
    }

    private func present(_ key: Key) -> Int? {
        guard let column = source.column(key.stringValue), !source.isMissing(column) else { return nil }
        return column
    }
}

/// One field on its own, for properties whose types decode themselves: enumerations, wrappers.
struct CSVSingleField: SingleValueDecodingContainer {
    let source: CSVRowDecoder
    let column: Int
    let codingPath: [any CodingKey]

    private var reader: CSVFieldReader { CSVFieldReader(source: source, codingPath: codingPath) }

    func decodeNil() -> Bool { source.isMissing(column) }
    func decode(_ type: String.Type) throws -> String { try reader.string(column, nil) }
    func decode(_ type: Bool.Type) throws -> Bool { try reader.bool(column, nil) }
    func decode(_ type: Double.Type) throws -> Double { try reader.double(column, nil) }
    func decode(_ type: Float.Type) throws -> Float { Float(try reader.double(column, nil)) }
    func decode(_ type: Int.Type) throws -> Int { try reader.number(column, type, nil) }
    func decode(_ type: Int8.Type) throws -> Int8 { try reader.number(column, type, nil) }
    func decode(_ type: Int16.Type) throws -> Int16 { try reader.number(column, type, nil) }
    func decode(_ type: Int32.Type) throws -> Int32 { try reader.number(column, type, nil) }
    func decode(_ type: Int64.Type) throws -> Int64 { try reader.number(column, type, nil) }
    func decode(_ type: UInt.Type) throws -> UInt { try reader.number(column, type, nil) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try reader.number(column, type, nil) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try reader.number(column, type, nil) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try reader.number(column, type, nil) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try reader.number(column, type, nil) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try T(from: CSVRecordDecoder(source: source, column: column, codingPath: codingPath))
    }
}

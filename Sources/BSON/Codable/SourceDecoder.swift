/// The `Decoder` that a value gets which decodes itself.
struct SourceDecoder: Decoder, SingleValueDecodingContainer {
    let source: DecodingSource

    var codingPath: [any CodingKey] { source.path.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try KeyedDecoding<Key>(source))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try UnkeyedDecoding(source)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        self
    }

    func decodeNil() -> Bool { source.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try source.bool() }
    func decode(_ type: String.Type) throws -> String { try source.string() }
    func decode(_ type: Double.Type) throws -> Double { try source.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try source.double()) }
    func decode(_ type: Int.Type) throws -> Int { try source.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try source.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try source.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try source.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try source.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try source.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try source.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try source.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try source.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try source.integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try source.decode(type) }
}

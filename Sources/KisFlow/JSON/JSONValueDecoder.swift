/// A value of a JSON text as Swift's decoding sees it.
struct JSONValueDecoder: Decoder {
    let tape: JSONTape
    let number: Int

    var codingPath: [any CodingKey] { tape.path(to: number) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tape.kind(number) == .object else { throw tape.mismatch([String: Any].self, number) }
        return KeyedDecodingContainer(JSONFields<Key>(tape: tape, object: number))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tape.kind(number) == .array else { throw tape.mismatch([Any].self, number) }
        return JSONElements(tape: tape, array: number)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tape.kind(number) == .null }

    func decode(_ type: String.Type) throws -> String { try tape.decode(type, number) }
    func decode(_ type: Bool.Type) throws -> Bool { try tape.decode(type, number) }
    func decode(_ type: Double.Type) throws -> Double { try tape.decode(type, number) }
    func decode(_ type: Float.Type) throws -> Float { try tape.decode(type, number) }
    func decode(_ type: Int.Type) throws -> Int { try tape.whole(type, number) }
    func decode(_ type: Int8.Type) throws -> Int8 { try tape.whole(type, number) }
    func decode(_ type: Int16.Type) throws -> Int16 { try tape.whole(type, number) }
    func decode(_ type: Int32.Type) throws -> Int32 { try tape.whole(type, number) }
    func decode(_ type: Int64.Type) throws -> Int64 { try tape.whole(type, number) }
    func decode(_ type: Int128.Type) throws -> Int128 { try tape.whole(type, number) }
    func decode(_ type: UInt.Type) throws -> UInt { try tape.whole(type, number) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try tape.whole(type, number) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try tape.whole(type, number) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try tape.whole(type, number) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try tape.whole(type, number) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try tape.whole(type, number) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try tape.decode(type, number) }
}

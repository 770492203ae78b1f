/// The fields of an object.
struct JSONFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tape: JSONTape
    let object: Int

    var codingPath: [any CodingKey] { tape.path(to: object) }

    /// Each once, in the order of the text.
    var allKeys: [Key] {
        tape.keys(object).compactMap { Key(stringValue: $0) }
    }

    func contains(_ key: Key) -> Bool { tape.value(of: key.stringValue, in: object) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { tape.kind(try value(key)) == .null }

    func decode(_ type: String.Type, forKey key: Key) throws -> String { try tape.decode(type, value(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try tape.decode(type, value(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try tape.decode(type, value(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try tape.decode(type, value(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try tape.whole(type, value(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try tape.whole(type, value(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try tape.whole(type, value(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try tape.whole(type, value(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try tape.whole(type, value(key)) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try tape.whole(type, value(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try tape.whole(type, value(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try tape.whole(type, value(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try tape.whole(type, value(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try tape.whole(type, value(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try tape.whole(type, value(key)) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try tape.whole(type, value(key)) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try tape.decode(type, value(key)) }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key).map { try tape.decode(type, $0) } }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map { try tape.decode(type, $0) } }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(key).map { try tape.decode(type, $0) } }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try present(key).map { try tape.decode(type, $0) } }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(key).map { try tape.whole(type, $0) } }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map { try tape.decode(type, $0) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try JSONValueDecoder(tape: tape, number: value(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONValueDecoder(tape: tape, number: value(key)).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { superDecoder(under: JSONPathKey("super")) }

    func superDecoder(forKey key: Key) -> any Decoder { superDecoder(under: key) }

    private func superDecoder(under key: any CodingKey) -> any Decoder {
        if let value = tape.value(of: key.stringValue, in: object) { return JSONValueDecoder(tape: tape, number: value) }
        return AbsentDecoder(codingPath: codingPath + [key])
    }

    @inline(__always)
    private func value(_ key: Key) throws -> Int {
        if let value = tape.value(of: key.stringValue, in: object) { return value }
        throw missing(key)
    }

    @inline(never)
    private func missing(_ key: Key) -> DecodingError {
        .keyNotFound(key, .init(codingPath: codingPath, debugDescription: "the object has no field \"\(key.stringValue)\""))
    }

    @inline(__always)
    private func present(_ key: Key) -> Int? {
        guard let value = tape.value(of: key.stringValue, in: object), tape.kind(value) != .null else { return nil }
        return value
    }
}

extension JSONTape {
    /// The keys of an object, each once.
    func keys(_ object: Int) -> [String] {
        var keys: [String] = []
        var seen: Set<String> = []
        var place = object + 1
        while place < after(object) {
            let key = string(token(place))
            if seen.insert(key).inserted { keys.append(key) }
            place = after(place + 1)
        }
        return keys
    }
}

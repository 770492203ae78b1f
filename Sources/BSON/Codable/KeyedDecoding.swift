/// Reads the fields of a document.
final class KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let source: DecodingSource
    private let path: CodingPath
    private let start: ElementCursor
    private var cursor: ElementCursor
    /// The element found last. It stays, because Codable asks for one field up to three times (contains, nil?, value).
    private var current: RawElement?

    init(_ source: DecodingSource) throws {
        self.source = source
        path = source.path
        start = try source.cursor(.document, for: [String: Any].self)
        cursor = start
    }

    var codingPath: [any CodingKey] { source.path.keys }

    var allKeys: [Key] {
        var keys: [Key] = []
        var cursor = start
        while let element = try? cursor.next() {
            if let key = Key(stringValue: element.name(in: source.bytes)) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { find(key.stringValue) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try value(key).double()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).integer(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try value(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try KeyedDecoding<Nested>(value(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try UnkeyedDecoding(value(key))
    }

    func superDecoder() throws -> any Decoder {
        SourceDecoder(source: try value(DynamicKey(stringValue: "super")))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        SourceDecoder(source: try value(key))
    }

    private func value(_ key: any CodingKey) throws -> DecodingSource {
        guard let element = find(key.stringValue) else {
            let context = DecodingError.Context(
                codingPath: codingPath, debugDescription: "the document has no field \"\(key.stringValue)\"")
            throw DecodingError.keyNotFound(key, context)
        }
        return DecodingSource(element, in: source.bytes, under: key, of: path)
    }

    /// The element of that name: the current one, else the next one forwards, else from the start up to here.
    private func find(_ key: String) -> RawElement? {
        var name = key
        if let current, current.isNamed(&name, in: source.bytes) { return current }
        let before = cursor
        if let element = scan(for: &name, until: .max) { return element }
        cursor = start
        if let element = scan(for: &name, until: before.offset) { return element }
        cursor = before
        return nil
    }

    private func scan(for name: inout String, until limit: Int) -> RawElement? {
        while cursor.offset < limit, let element = try? cursor.next() {
            guard element.isNamed(&name, in: source.bytes) else { continue }
            current = element
            return element
        }
        return nil
    }
}

/// Reads the elements of an array, one after the other.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
    private let source: DecodingSource
    private let path: CodingPath
    private var cursor: ElementCursor
    private var upcoming: RawElement?
    let count: Int?
    private(set) var currentIndex = 0

    init(_ source: DecodingSource) throws {
        self.source = source
        path = source.path
        cursor = try source.cursor(.array, for: [Any].self)
        var counter = cursor
        var count = 0
        while (try? counter.next()) != nil { count += 1 }
        self.count = count
        upcoming = try? cursor.next()
    }

    var codingPath: [any CodingKey] { source.path.keys }
    var isAtEnd: Bool { upcoming == nil }

    /// Moves on only when the value was null, as Codable asks.
    mutating func decodeNil() throws -> Bool {
        guard try peek(Any.self).isNull else { return false }
        advance()
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type) { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try take(type) { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take(type) { try $0.double() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take(type) { Float(try $0.double()) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) { try $0.integer(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) { try $0.integer(type) } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try take(type) { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try take([String: Any].self) { try KeyedDecoding<Nested>($0) })
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take([Any].self) { try UnkeyedDecoding($0) }
    }

    mutating func superDecoder() throws -> any Decoder {
        try take(Any.self) { SourceDecoder(source: $0) }
    }

    /// Reads the next element and moves on, unless reading it throws.
    private mutating func take<T>(_ wanted: Any.Type, _ read: (DecodingSource) throws -> T) throws -> T {
        let value = try read(peek(wanted))
        advance()
        return value
    }

    private func peek(_ wanted: Any.Type) throws -> DecodingSource {
        let key = DynamicKey(intValue: currentIndex)
        guard let upcoming else {
            let context = DecodingError.Context(
                codingPath: path.appending(key).keys, debugDescription: "the array has only \(currentIndex) elements")
            throw DecodingError.valueNotFound(wanted, context)
        }
        return DecodingSource(upcoming, in: source.bytes, under: key, of: path)
    }

    private mutating func advance() {
        currentIndex += 1
        upcoming = try? cursor.next()
    }
}

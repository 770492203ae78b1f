/// The elements of an array, one after the other.
struct JSONElements: UnkeyedDecodingContainer {
    let tape: JSONTape
    private let array: UInt32
    private var next: UInt32
    private(set) var currentIndex = 0

    init(tape: JSONTape, array: Int) {
        self.tape = tape
        self.array = UInt32(truncatingIfNeeded: array)
        next = self.array + 1
    }

    var codingPath: [any CodingKey] { tape.path(to: Int(array)) }
    var isAtEnd: Bool { next == tape.token(Int(array)).next }

    var count: Int? {
        var count = 0
        var place = Int(array) + 1
        while place < tape.after(Int(array)) {
            count += 1
            place = tape.after(place)
        }
        return count
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw end(Any?.self) }
        guard tape.kind(Int(next)) == .null else { return false }
        step()
        return true
    }

    mutating func decode(_ type: String.Type) throws -> String { try take(type) { try $0.decode(type, $1) } }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type) { try $0.decode(type, $1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take(type) { try $0.decode(type, $1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take(type) { try $0.decode(type, $1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) { try $0.whole(type, $1) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try take(type) { try $0.decode(type, $1) } }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try take(KeyedDecodingContainer<Key>.self) { try JSONValueDecoder(tape: $0, number: $1).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take((any UnkeyedDecodingContainer).self) { try JSONValueDecoder(tape: $0, number: $1).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try take((any Decoder).self) { JSONValueDecoder(tape: $0, number: $1) }
    }

    /// Gives the next element's number to `body`; goes on only if that succeeds, so that another type can be tried.
    @inline(__always)
    private mutating func take<Value>(_ type: Any.Type, _ body: (JSONTape, Int) throws -> Value) throws -> Value {
        guard !isAtEnd else { throw end(type) }
        let value = try body(tape, Int(next))
        step()
        return value
    }

    @inline(__always)
    private mutating func step() {
        next = tape.token(Int(next)).next
        currentIndex += 1
    }

    private func end(_ type: Any.Type) -> DecodingError {
        .valueNotFound(
            type, .init(codingPath: codingPath + [JSONPathKey(currentIndex)], debugDescription: "the array has no more elements"))
    }
}

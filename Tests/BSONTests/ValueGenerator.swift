import BSON
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same documents on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SeededGenerator {
    mutating func text() -> String {
        let alphabet = Array("abcXYZ 019_$.\"\\\u{1}\u{7F}äß€😀\u{301}\u{0}")
        return String((0..<Int.random(in: 0...12, using: &self)).compactMap { _ in alphabet.randomElement(using: &self) })
    }

    /// A key: any text without a zero byte.
    mutating func key() -> String {
        text().replacing("\u{0}", with: "")
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    mutating func document(depth: Int = 3) -> Document {
        Document((0..<Int.random(in: 0...6, using: &self)).map { _ in (key(), value(depth: depth)) })
    }

    mutating func value(depth: Int) -> BSONValue {
        switch Int.random(in: depth > 0 ? 0...16 : 2...16, using: &self) {
        case 0: .document(document(depth: depth - 1))
        case 1: .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
        case 2: .double(Double(bitPattern: next()))
        case 3: .string(text())
        case 4: .binary(subtype: UInt8.random(in: 0...255, using: &self), bytes: bytes(Int.random(in: 0...9, using: &self)))
        case 5: .objectID(.random(using: &self))
        case 6: .bool(Bool.random(using: &self))
        case 7: .date(BSONDate(milliseconds: Int64(bitPattern: next())))
        case 8: .null
        case 9: .regex(pattern: key(), options: "im")
        case 10: .javascript(text())
        case 11: .int32(Int32(truncatingIfNeeded: next()))
        case 12: .int64(Int64(bitPattern: next()))
        case 13: .timestamp(BSONTimestamp(seconds: UInt32(truncatingIfNeeded: next()), increment: UInt32(truncatingIfNeeded: next())))
        case 14: BSONDecimal128(bytes: bytes(16)).map(BSONValue.decimal128) ?? .null
        case 15: .minKey
        default: .maxKey
        }
    }
}

/// A document with a value of every type, the deprecated ones included.
func documentOfAllTypes() throws -> Document {
    var document: Document = [
        "double": 1.5, "string": "straße\u{0}😀", "document": ["inner": ["deep": [1, "two", [true]]]], "array": [1, nil, ["a": 2.25], []],
        "binary": .binary(subtype: 0x80, bytes: [1, 2, 3]), "bool": true, "date": .date(BSONDate(milliseconds: -1)), "null": nil,
        "regex": .regex(pattern: "^a.*z$", options: "ix"), "javascript": .javascript("return 1"), "int32": .int32(-7),
        "int64": .int64(1 << 40),
        "timestamp": .timestamp(BSONTimestamp(seconds: 5, increment: 6)), "min": .minKey, "max": .maxKey,
    ]
    document.append("id", .objectID(try #require(ObjectID("0123456789abcdef01234567"))))
    document.append("decimal", .decimal128(try #require(BSONDecimal128(bytes: Array(0..<16)))))
    return try Document(validating: legacy(in: document))
}

/// Adds undefined, DBPointer, symbol and code with scope, which the public API cannot write.
private func legacy(in document: Document) -> [UInt8] {
    func cString(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
    func int32(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int32(value).littleEndian) { Array($0) } }
    func string(_ text: String) -> [UInt8] { int32(text.utf8.count + 1) + cString(text) }
    let scope = Document([("x", 1)]).bytes
    let code = string("f(x)")
    var bytes = Array(document.bytes.dropFirst(4).dropLast())
    bytes += [0x06] + cString("undefined")
    bytes += [0x0C] + cString("pointer") + string("db.c") + [UInt8](repeating: 9, count: 12)
    bytes += [0x0E] + cString("symbol") + string("sym")
    bytes += [0x0F] + cString("scoped") + int32(4 + code.count + scope.count) + code + scope
    return int32(bytes.count + 5) + bytes + [0]
}

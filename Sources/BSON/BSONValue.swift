/// A value of a BSON document.
///
/// Literals: `"text"`, `1` (int32 where it fits, else int64), `1.5`, `true`, `nil`, `[1, "two"]`, `["key": 1]` (order kept).
/// Where the width of an integer matters say `.int64(5)`. MongoDB compares numbers by value, whatever their type.
public enum BSONValue: Sendable, Hashable {
    case double(Double)
    case string(String)
    case document(Document)
    case array([BSONValue])
    case binary(subtype: UInt8, bytes: [UInt8])
    case objectID(ObjectID)
    case bool(Bool)
    case date(BSONDate)
    case null
    /// A zero byte in pattern or options cannot be written; it becomes U+FFFD.
    case regex(pattern: String, options: String)
    case javascript(String)
    case int32(Int32)
    case int64(Int64)
    case timestamp(BSONTimestamp)
    case decimal128(BSONDecimal128)
    case minKey
    case maxKey
    /// Undefined, DBPointer, symbol and code with scope, byte for byte.
    case legacy(BSONLegacyValue)

    /// The value at an element of bytes whose structure has been validated.
    init(_ element: RawElement, in bytes: [UInt8]) {
        let range = element.value
        let start = range.lowerBound
        switch element.type {
        case .double: self = .double(Double(bitPattern: bytes.uint64(at: start)))
        case .string: self = .string(BSONValue.text(bytes, range))
        case .javascript: self = .javascript(BSONValue.text(bytes, range))
        case .document: self = .document(Document(trusted: Array(bytes[range])))
        case .array: self = .array(BSONValue.elements(bytes, range))
        case .binary: self = .binary(subtype: bytes[start + 4], bytes: Array(bytes[start + 5..<range.upperBound]))
        case .objectID: self = ObjectID(bytes: bytes[range]).map(BSONValue.objectID) ?? .null
        case .bool: self = .bool(bytes[start] != 0)
        case .date: self = .date(BSONDate(milliseconds: bytes.int64(at: start)))
        case .null: self = .null
        case .regex: self = BSONValue.regex(bytes[range])
        case .int32: self = .int32(bytes.int32(at: start))
        case .int64: self = .int64(bytes.int64(at: start))
        case .timestamp: self = .timestamp(BSONTimestamp(rawValue: bytes.uint64(at: start)))
        case .decimal128: self = BSONDecimal128(bytes: bytes[range]).map(BSONValue.decimal128) ?? .null
        case .minKey: self = .minKey
        case .maxKey: self = .maxKey
        case .undefined, .dbPointer, .symbol, .codeWithScope:
            self = .legacy(BSONLegacyValue(type: element.type, payload: Array(bytes[range])))
        }
    }

    /// A string: length (4 bytes), UTF-8, zero byte.
    static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        String(decoding: bytes[range.lowerBound + 4..<range.upperBound - 1], as: UTF8.self)
    }

    private static func elements(_ bytes: [UInt8], _ range: Range<Int>) -> [BSONValue] {
        guard var cursor = try? ElementCursor(bytes, in: range) else { return [] }
        var values: [BSONValue] = []
        while let element = try? cursor.next() {
            values.append(BSONValue(element, in: bytes))
        }
        return values
    }

    private static func regex(_ slice: ArraySlice<UInt8>) -> BSONValue {
        let parts = slice.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        return .regex(pattern: String(decoding: parts[0], as: UTF8.self), options: String(decoding: parts[1], as: UTF8.self))
    }

    var type: ElementType? {
        switch self {
        case .double: .double
        case .string: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .objectID: .objectID
        case .bool: .bool
        case .date: .date
        case .null: .null
        case .regex: .regex
        case .javascript: .javascript
        case .int32: .int32
        case .int64: .int64
        case .timestamp: .timestamp
        case .decimal128: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        case .legacy(let value): ElementType(rawValue: value.type)
        }
    }

    var typeByte: UInt8 {
        (type ?? .null).rawValue
    }
}

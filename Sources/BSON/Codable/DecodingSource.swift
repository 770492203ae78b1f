#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One value to be decoded: a place in validated bytes, and the way that led to it.
struct DecodingSource {
    let bytes: [UInt8]
    let type: ElementType
    let range: Range<Int>
    private let parent: CodingPath
    private let key: (any CodingKey)?

    /// The way from the root; put together only when it is needed.
    var path: CodingPath {
        key.map { parent.appending($0) } ?? parent
    }

    init(_ document: Document) {
        bytes = document.bytes
        type = .document
        range = 0..<document.bytes.count
        parent = .root
        key = nil
    }

    init(_ element: RawElement, in bytes: [UInt8], under key: any CodingKey, of parent: CodingPath) {
        self.bytes = bytes
        type = element.type
        range = element.value
        self.parent = parent
        self.key = key
    }

    var value: BSONValue {
        BSONValue(RawElement(type: type, key: range.lowerBound..<range.lowerBound, value: range), in: bytes)
    }

    var isNull: Bool {
        type == .null || type == .undefined
    }

    func bool() throws -> Bool {
        guard type == .bool else { throw mismatch(Bool.self) }
        return bytes[range.lowerBound] != 0
    }

    func string() throws -> String {
        guard type == .string || type == .symbol else { throw mismatch(String.self) }
        return BSONValue.text(bytes, range)
    }

    func double() throws -> Double {
        switch type {
        case .double: Double(bitPattern: bytes.uint64(at: range.lowerBound))
        case .int32: Double(bytes.int32(at: range.lowerBound))
        case .int64: Double(bytes.int64(at: range.lowerBound))
        default: throw mismatch(Double.self)
        }
    }

    func integer<T: FixedWidthInteger>(_ wanted: T.Type) throws -> T {
        let exact: T? =
            switch type {
            case .int64: T(exactly: bytes.int64(at: range.lowerBound))
            case .int32: T(exactly: bytes.int32(at: range.lowerBound))
            case .double: T(exactly: Double(bitPattern: bytes.uint64(at: range.lowerBound)))
            default: throw mismatch(wanted)
            }
        guard let exact else { throw corrupted("\(value) is not a whole number that fits into \(wanted)") }
        return exact
    }

    func decode<T: Decodable>(_ wanted: T.Type) throws -> T {
        if T.self == BSONValue.self { return try taking(wanted, value) }
        if T.self == Document.self { return try taking(wanted, value.documentValue) }
        if T.self == Date.self { return try taking(wanted, value.dateValue) }
        if T.self == ObjectID.self { return try taking(wanted, value.objectIDValue) }
        if T.self == BSONDate.self, case .date(let date) = value { return try taking(wanted, date) }
        if T.self == Data.self, type == .binary { return try taking(wanted, value.binaryValue.map { Data($0) }) }
        if T.self == [UInt8].self, type == .binary { return try taking(wanted, value.binaryValue) }
        if T.self == URL.self { return try taking(wanted, url()) }
        return try T(from: SourceDecoder(source: self))
    }

    func cursor(_ wanted: ElementType, for asked: Any.Type) throws -> ElementCursor {
        guard type == wanted else { throw mismatch(asked) }
        do {
            return try ElementCursor(bytes, in: range)
        } catch {
            throw corrupted("\(error)")
        }
    }

    func mismatch(_ wanted: Any.Type) -> DecodingError {
        let text = "expected \(wanted), found \(type)"
        let context = DecodingError.Context(codingPath: path.keys, debugDescription: text)
        return isNull ? .valueNotFound(wanted, context) : .typeMismatch(wanted, context)
    }

    func corrupted(_ text: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path.keys, debugDescription: text))
    }

    private func url() throws -> URL {
        let text = try string()
        guard let url = URL(string: text) else { throw corrupted("\(text) is not a URL") }
        return url
    }

    /// `found` as the type that was asked for, which the caller has compared.
    private func taking<T, Found>(_ wanted: T.Type, _ found: Found?) throws -> T {
        guard let found, let value = found as? T else { throw mismatch(wanted) }
        return value
    }
}

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Rows to JSON text and back; the way that a row takes when the next function wants another type.
package struct RowCodec {
    private let encoder: JSONEncoder
    private let decoder = JSONDecoder()
    private let custom: (any RowSerializer)?

    /// - Parameter custom: what a function reads and writes its rows by, if not as JSON.
    package init(_ custom: (any RowSerializer)? = nil) {
        self.custom = custom
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    package var isCustom: Bool { custom != nil }

    /// The JSON bytes of a row. Texts and bytes are taken to be JSON already.
    package func bytes<Row: Encodable>(of row: Row) throws -> Data {
        switch row {
        case let text as String: Data(text.utf8)
        case let data as Data: data
        case let bytes as [UInt8]: Data(bytes)
        default: try custom.map { try $0.bytes(of: row) } ?? encoder.encode(row)
        }
    }

    /// - Throws: ``MissingField`` when a field of `must` is absent or null, otherwise `DecodingError`.
    package func row<Row: Decodable>(_ type: Row.Type, from bytes: Data, must: [String] = []) throws -> Row {
        if let raw = try raw(type, from: bytes) {
            if !must.isEmpty { _ = try decoder.decode(MustHave<AnyRow>.self, from: bytes, configuration: must) }
            return raw
        }
        if let custom {
            return try custom.row(type, from: bytes)
        }
        guard !must.isEmpty else { return try decoder.decode(type, from: bytes) }
        return try decoder.decode(MustHave<Row>.self, from: bytes, configuration: must).row
    }

    /// What is wrong with a row, from the error that reading it threw.
    package func badRow(_ error: any Error, index: Int, text: String, source: String? = nil) -> BadRow {
        let (field, reason) = Self.explain(error)
        return BadRow(index: index, source: source, field: field, reason: reason, text: text)
    }

    private func raw<Row>(_ type: Row.Type, from bytes: Data) throws -> Row? {
        if type == Data.self { return bytes as? Row }
        if type == [UInt8].self { return [UInt8](bytes) as? Row }
        guard type == String.self else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "the row is not UTF-8"))
        }
        return text as? Row
    }

    private static func explain(_ error: any Error) -> (field: String?, reason: String) {
        switch error {
        case let missing as MissingField: (missing.field, "missing")
        case DecodingError.keyNotFound(let key, let context): (path(context.codingPath + [key]), "missing")
        case DecodingError.valueNotFound(let type, let context): (path(context.codingPath), "no value, \(type) expected")
        case DecodingError.typeMismatch(let type, let context): (path(context.codingPath), "\(type) expected; \(context.debugDescription)")
        case DecodingError.dataCorrupted(let context): (path(context.codingPath), context.debugDescription)
        case EncodingError.invalidValue(_, let context): (path(context.codingPath), context.debugDescription)
        default: (nil, "\(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String? {
        keys.isEmpty ? nil : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}

/// A field that `must` be there is not.
package struct MissingField: Error {
    package let field: String

    package init(field: String) {
        self.field = field
    }
}

/// Any JSON value at all; used where only the presence of fields matters.
private struct AnyRow: Decodable {
    init(from decoder: any Decoder) {}
}

/// A row together with a check that fields are there, made in one pass over its text.
private struct MustHave<Row: Decodable>: DecodableWithConfiguration {
    let row: Row

    init(from decoder: any Decoder, configuration must: [String]) throws {
        let fields = try decoder.container(keyedBy: FieldName.self)
        for name in must {
            let key = FieldName(stringValue: name)
            guard fields.contains(key), try !fields.decodeNil(forKey: key) else { throw MissingField(field: name) }
        }
        row = try Row(from: decoder)
    }
}

struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        return nil
    }
}

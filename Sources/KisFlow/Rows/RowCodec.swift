#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Rows to JSON text and back; the way that a row takes when the next function wants another type. Not for concurrent use.
package struct RowCodec {
    private let encoder = JSONRowEncoder()
    let decoder = JSONRowDecoder()
    private let custom: (any RowSerializer)?

    /// - Parameter custom: what a function reads and writes its rows by, if not as JSON.
    package init(_ custom: (any RowSerializer)? = nil) {
        self.custom = custom
    }

    package var isCustom: Bool { custom != nil }

    /// The JSON bytes of a row. Texts and bytes are taken to be JSON already.
    package func bytes<Row: Encodable>(of row: Row) throws -> Data {
        if let data = row as? Data { return data }
        return try withBytes(of: row) { Data($0) }
    }

    /// Gives ``bytes(of:)`` to `body`, after which they are gone.
    func withBytes<Row: Encodable, Answer>(of row: Row, _ body: (UnsafeBufferPointer<UInt8>) throws -> Answer) throws -> Answer {
        if RowKind.isRaw(Row.self) {
            if var text = row as? String { return try text.withUTF8(body) }
            if let data = row as? Data { return try data.withBytes(body) }
            if let bytes = row as? [UInt8] { return try bytes.withUnsafeBufferPointer(body) }
        }
        guard let custom else { return try encoder.withText(of: row, body) }
        return try custom.bytes(of: row).withBytes(body)
    }

    /// Checks that a text or bytes are an object with these fields.
    ///
    /// - Throws: ``MissingField``, otherwise `DecodingError`.
    func check<Row: Encodable>(_ row: Row, must: [String]) throws {
        try withBytes(of: row) { try decoder.check($0, must: must) }
    }

    /// - Throws: ``MissingField`` when a field of `must` is absent or null, otherwise `DecodingError`.
    package func row<Row: Decodable>(_ type: Row.Type, from bytes: Data, must: [String] = []) throws -> Row {
        try bytes.withBytes { try row(type, from: $0, must: must) }
    }

    func row<Row: Decodable>(_ type: Row.Type, from bytes: UnsafeBufferPointer<UInt8>, must: [String] = []) throws -> Row {
        if RowKind.isRaw(type), let raw = try raw(type, from: bytes) {
            if !must.isEmpty { try decoder.check(bytes, must: must) }
            return raw
        }
        if let custom { return try custom.row(type, from: Data(bytes)) }
        return try decoder.row(type, from: bytes, must: must)
    }

    /// What is wrong with a row, from the error that reading it threw.
    package func badRow(_ error: any Error, index: Int, text: String, source: String? = nil) -> BadRow {
        let (field, reason) = Self.explain(error)
        return BadRow(index: index, source: source, field: field, reason: reason, text: text)
    }

    private func raw<Row>(_ type: Row.Type, from bytes: UnsafeBufferPointer<UInt8>) throws -> Row? {
        if type == Data.self { return Data(bytes) as? Row }
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

extension Data {
    func withBytes<Answer>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Answer) rethrows -> Answer {
        try withUnsafeBytes { try $0.withMemoryRebound(to: UInt8.self, body) }
    }
}

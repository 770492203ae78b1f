/// Decodes rows from JSON (RFC 8259, UTF-8) as Foundation's `JSONDecoder` does with its default strategies, several times faster.
///
/// A `Date` is a number of seconds since 2001, `Data` is Base64, a `URL` is a text. Of fields with the same key the first counts. Whole numbers may be written
/// with a fraction or an exponent (`1.0`, `1e3`). A byte-order mark at the start is skipped. Arrays and objects may be 512 deep.
///
/// Deliberate differences: the whole text must be JSON, also what the type does not ask for (Foundation looks at numbers and texts only when they are
/// decoded, and lets a comma pass before a closing bracket and a zero byte after the value); a number becomes an integer when it is exactly one (Foundation
/// takes 1e-400 for 0, and refuses 9223372036854775807.0, and 0e5 as a `Double`); keys are compared by their UTF-8, not by canonical equivalence; UTF-16 and UTF-32 are refused.
///
/// Not for concurrent use; its storage is used again from row to row.
final class JSONRowDecoder {
    private var tape = JSONTape()

    /// - Parameter must: keys of an object that must be there and not null.
    /// - Throws: ``MissingField``, otherwise `DecodingError`.
    @inline(__always)
    func row<Row: Decodable>(_ type: Row.Type, from text: UnsafeBufferPointer<UInt8>, must: [String] = []) throws -> Row {
        try read(text, must: must)
        return try tape.decode(type, 0)
    }

    /// Only checks a row.
    func check(_ text: UnsafeBufferPointer<UInt8>, must: [String]) throws {
        try read(text, must: must)
    }

    private func read(_ text: UnsafeBufferPointer<UInt8>, must: [String]) throws {
        // Who has kept a decoder or a container of the last row keeps its storage; the next one gets other storage.
        if !isKnownUniquelyReferenced(&tape) { tape = JSONTape() }
        try tape.read(text)
        guard !must.isEmpty else { return }
        guard tape.kind(0) == .object else { throw tape.mismatch([String: Any].self, 0) }
        if let field = tape.missing(must, in: 0) { throw MissingField(field: field) }
    }
}

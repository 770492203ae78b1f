/// A record, or one field of it, as Swift's decoding sees it.
struct CSVRecordDecoder: Decoder {
    let source: CSVRowDecoder
    /// The field at hand, if not the record as a whole. Narrow, so that the decoder fits into an existential without being allocated.
    private let field: Int32?
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(source: CSVRowDecoder, column: Int?, codingPath: [any CodingKey]) {
        self.source = source
        field = column.map { Int32(truncatingIfNeeded: $0) }
        self.codingPath = codingPath
    }

    private var column: Int? { field.map { Int($0) } }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard column == nil else { throw mismatch("a field of a CSV file holds no other fields") }
        return KeyedDecodingContainer(CSVFields<Key>(source: source, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw mismatch("a CSV file holds no lists")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        guard let column else { throw mismatch("a row of a CSV file has several fields; decode a type with properties") }
        return CSVSingleField(source: source, column: column, codingPath: codingPath)
    }

    private func mismatch(_ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: text))
    }
}

/// Reads the value of one field, with errors that name what was expected and what is there.
struct CSVFieldReader {
    let source: CSVRowDecoder
    let codingPath: [any CodingKey]

    func string(_ column: Int, _ key: (any CodingKey)?) throws -> String {
        // A text has a value even when it is empty; only a mark for a missing value takes it away.
        if source.isMissing(column), !source.record.field(column).isEmpty { throw none(String.self, key) }
        guard let text = source.record.text(column) else { throw corrupted(column, key, "the text is not UTF-8") }
        return text
    }

    func number<Number: FixedWidthInteger>(_ column: Int, _ type: Number.Type, _ key: (any CodingKey)?) throws -> Number {
        if let value = source.record.integer(column, as: type) { return value }
        throw error(column, key, type)
    }

    func double(_ column: Int, _ key: (any CodingKey)?) throws -> Double {
        if source.isMissing(column) { throw none(Double.self, key) }
        if let value = source.record.double(column) { return value }
        throw error(column, key, Double.self)
    }

    func bool(_ column: Int, _ key: (any CodingKey)?) throws -> Bool {
        if let value = source.record.bool(column) { return value }
        throw error(column, key, Bool.self)
    }

    private func error(_ column: Int, _ key: (any CodingKey)?, _ type: Any.Type) -> DecodingError {
        source.isMissing(column) ? none(type, key) : corrupted(column, key, "\(type) expected, not \"\(source.record.excerpt(column))\"")
    }

    private func none(_ type: Any.Type, _ key: (any CodingKey)?) -> DecodingError {
        .valueNotFound(type, .init(codingPath: path(key), debugDescription: "missing"))
    }

    private func corrupted(_ column: Int, _ key: (any CodingKey)?, _ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: path(key), debugDescription: text))
    }

    private func path(_ key: (any CodingKey)?) -> [any CodingKey] {
        key.map { codingPath + [$0] } ?? codingPath
    }
}

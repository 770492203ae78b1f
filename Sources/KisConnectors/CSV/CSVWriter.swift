import KisFlow

/// Writes rows as CSV after RFC 4180, with LF at the end of each line (as most tools do) and quotes only where they are needed.
///
/// The columns are those of the dialect, else those of a file that is gone on with, else the keys of the first batch's rows in the order in which the
/// rows give them.
struct CSVWriter {
    let path: String
    let dialect: CSVDialect
    /// Known once the header is written.
    private(set) var columns: [String]?
    private var places: [String: Int] = [:]
    private var count = 0

    /// - Parameter columns: of a file that has a header already.
    init(path: String, dialect: CSVDialect, columns: [String]? = nil) {
        self.path = path
        self.dialect = dialect
        if let columns { use(columns) }
    }

    /// A value that is missing becomes an empty field, or the first of the dialect's marks; a text that would read as missing is quoted.
    mutating func append<Row: Encodable>(_ rows: ArraySlice<Row>, to buffer: inout [UInt8]) throws {
        let encoded = try rows.enumerated().map { index, row in try fields(of: row, count + index) }
        if columns == nil { start(dialect.columns ?? Self.columns(of: encoded), &buffer) }
        var values: [String?] = []
        for row in encoded {
            values = Array(repeating: nil, count: columns?.count ?? 0)
            for (key, value) in row {
                guard let place = places[key] else { throw unknown(key) }
                values[place] = value
            }
            writeLine(values, to: &buffer)
            count += 1
        }
    }

    private mutating func use(_ columns: [String]) {
        self.columns = columns
        places = Dictionary(zip(columns, 0...), uniquingKeysWith: { first, _ in first })
    }

    /// Rows without any field, or none at all, say nothing about the columns.
    private mutating func start(_ columns: [String], _ buffer: inout [UInt8]) {
        guard !columns.isEmpty else { return }
        use(columns)
        if dialect.hasHeader { writeLine(columns, to: &buffer) }
    }

    private func unknown(_ key: String) -> FlowError {
        let hint = dialect.columns == nil ? "; the first batch decides the columns, or the parameter columns names them all" : ""
        return FlowError(.connector, "row \(count) for \(path) has a field \"\(key)\", which is none of the columns\(hint)")
    }

    private func fields<Row: Encodable>(of row: Row, _ index: Int) throws -> [(key: String, value: String?)] {
        if let text = row as? String {
            let object = try RowCodec().row([String: FieldValue].self, from: RowCodec().bytes(of: text))
            return try fields(of: object, index)
        }
        let encoder = CSVRowEncoder()
        do {
            try row.encode(to: encoder)
        } catch {
            throw FlowError(.connector, "row \(index) for \(path): \(RowCodec().badRow(error, index: index, text: "\(row)").cause)")
        }
        return row is [String: FieldValue] ? encoder.fields.sorted { $0.key < $1.key } : encoder.fields
    }

    /// All keys; one that an earlier row did not have stands behind the key before it in its own row.
    private static func columns(of rows: [[(key: String, value: String?)]]) -> [String] {
        var columns: [String] = []
        var known: Set<String> = []
        for row in rows {
            var place = 0
            for (key, _) in row {
                if known.insert(key).inserted { columns.insert(key, at: place) }
                if place < columns.count, columns[place] == key {
                    place += 1
                } else {
                    place = (columns.firstIndex(of: key) ?? place) + 1
                }
            }
        }
        return columns
    }

    private func writeLine(_ values: [String?], to buffer: inout [UInt8]) {
        for (number, value) in values.enumerated() {
            if number > 0 { buffer.append(dialect.delimiter) }
            write(value, to: &buffer)
        }
        buffer.append(CSVBytes.lineFeed)
    }

    private func write(_ value: String?, to buffer: inout [UInt8]) {
        guard let value else {
            if let mark = dialect.missing.first { buffer.append(contentsOf: mark) }
            return
        }
        let looksMissing = value.isEmpty || dialect.missing.contains { $0.elementsEqual(value.utf8) }
        guard looksMissing || value.utf8.contains(where: { $0 == dialect.delimiter || CSVBytes.isSpecial($0) }) else {
            buffer.append(contentsOf: value.utf8)
            return
        }
        buffer.append(CSVBytes.quote)
        for byte in value.utf8 {
            if byte == CSVBytes.quote { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(CSVBytes.quote)
    }
}

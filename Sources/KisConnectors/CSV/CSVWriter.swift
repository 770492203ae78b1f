import KisFlow

/// Writes rows as CSV after RFC 4180, with LF at the end of each line (as most tools do) and quotes only where they are needed.
struct CSVWriter {
    let path: String
    let dialect: CSVDialect

    /// A value that is missing becomes an empty field, or the first of the dialect's marks; a text that would read as missing is quoted.
    ///
    /// The columns are those of the dialect, else the keys of all rows in the order in which the rows give them.
    func write<Row: Encodable>(_ rows: [Row], to file: inout AtomicFile) throws {
        let encoded = try rows.enumerated().map { index, row in try fields(of: row, index) }
        let columns = dialect.columns ?? Self.columns(of: encoded)
        if dialect.hasHeader, !columns.isEmpty { try file.write(line(columns.map { escaped($0) })) }
        for (index, row) in encoded.enumerated() {
            if let extra = row.first(where: { !columns.contains($0.key) }) {
                throw FlowError(.connector, "row \(index) for \(path) has a field \"\(extra.key)\", which is none of the columns")
            }
            let values = Dictionary(row.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
            try file.write(line(columns.map { escaped(values[$0] ?? nil) }))
        }
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
                place = (columns.firstIndex(of: key) ?? place) + 1
            }
        }
        return columns
    }

    private func escaped(_ value: String?) -> String {
        guard let value else { return dialect.missing.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        let looksMissing = value.isEmpty || dialect.missing.contains { $0.elementsEqual(value.utf8) }
        guard looksMissing || value.utf8.contains(where: { $0 == dialect.delimiter || CSVBytes.isSpecial($0) }) else { return value }
        return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private func line(_ fields: [String]) -> String.UTF8View {
        (fields.joined(separator: String(UnicodeScalar(dialect.delimiter))) + "\n").utf8
    }
}

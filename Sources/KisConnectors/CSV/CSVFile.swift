import KisFlow

/// Reads a CSV file of rows.
struct CSVFile {
    let path: String
    let format: FileFormat

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, from start: FilePosition, _ policy: BatchPolicy, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let dialect = format.dialect
        // The names of the columns stand at the start, wherever the rows go on.
        var decoder = start.offset == 0 && dialect.hasHeader ? nil : try decoder(header: nil)
        var reader = try ChunkReader(path: path, isGzip: format.isGzip, from: start.offset)
        var parser = CSVParser(
            path: path, delimiter: dialect.delimiter, maximumRecordBytes: format.maximumRecordBytes, at: start)
        let record = CSVRecord()
        var filler = BatchFiller<Row>(policy)
        var row = start.row
        while true {
            let chunk = try reader.next()
            if let chunk { parser.feed(chunk) }
            while try parser.next(into: record, atEnd: chunk == nil) {
                guard let known = decoder else {
                    decoder = try self.decoder(header: record)
                    continue
                }
                if record.isBlank && known.columns.count > 1 { continue }
                switch known.row(type, from: record, index: row) {
                case .success(let row): filler.add(row, bytes: record.byteCount)
                case .failure(let bad): filler.add(bad.row, bytes: record.byteCount)
                }
                row += 1
                if filler.isFull { try await take(filler.taken(parser.position(row: row).value)) }
            }
            guard chunk != nil else { break }
        }
        guard decoder != nil else { throw FlowError(.connector, "\(path) is empty; a CSV file starts with the names of its columns") }
        if !filler.isEmpty { try await take(filler.taken(parser.position(row: row).value)) }
    }

    /// The names in the first record; `nil` in a file without any.
    func header() throws -> [String]? {
        var reader = try ChunkReader(path: path, isGzip: format.isGzip)
        var parser = CSVParser(path: path, delimiter: format.dialect.delimiter, maximumRecordBytes: format.maximumRecordBytes)
        let record = CSVRecord()
        while true {
            let chunk = try reader.next()
            if let chunk { parser.feed(chunk) }
            if try parser.next(into: record, atEnd: chunk == nil) { return try names(record) }
            guard chunk != nil else { return nil }
        }
    }

    private func decoder(header: CSVRecord?) throws -> CSVRowDecoder {
        let dialect = format.dialect
        let inFile = try dialect.hasHeader ? header.map(names) ?? self.header() : nil
        return CSVRowDecoder(path: path, columns: dialect.columns ?? inFile ?? [], missing: dialect.missing)
    }

    private func names(_ header: CSVRecord) throws -> [String] {
        let names = try (0..<header.count).map { field in
            guard let name = header.text(field) else {
                throw FlowError(.connector, "\(path):\(header.line): the name of column \(field + 1) is not UTF-8")
            }
            return name
        }
        if let twice = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }) {
            throw FlowError(.connector, "\(path):\(header.line): two columns are named \"\(twice.element)\"")
        }
        return names
    }
}

import Foundation
import KisFlow

/// A CSV file of rows.
struct CSVFile {
    let path: String
    let format: FileFormat

    func load<Row: Codable & Sendable>(_ type: Row.Type, _ take: (RowBatch<Row>) async throws -> Void) async throws {
        let reader = try ChunkReader(path: path)
        let dialect = format.dialect
        var parser = CSVParser(path: path, delimiter: dialect.delimiter, maximumRecordBytes: format.maximumRecordBytes)
        let record = CSVRecord()
        var decoder = dialect.hasHeader ? nil : CSVRowDecoder(path: path, columns: dialect.columns ?? [], missing: dialect.missing)
        var batch = RowBatch<Row>(rows: [])
        var index = 0
        while true {
            let chunk = try reader.next()
            if let chunk { parser.feed(chunk) }
            while try parser.next(into: record, atEnd: chunk == nil) {
                guard let known = decoder else {
                    decoder = try self.decoder(header: record)
                    continue
                }
                if record.isBlank && known.columns.count > 1 { continue }
                switch known.row(type, from: record, index: index) {
                case .success(let row): batch.rows.append(row)
                case .failure(let bad): batch.bad.append(bad.row)
                }
                index += 1
                if batch.rows.count + batch.bad.count >= format.batchRows {
                    try await take(batch)
                    batch = RowBatch(rows: [])
                }
            }
            guard chunk != nil else { break }
        }
        guard decoder != nil else { throw FlowError(.connector, "\(path) is empty; a CSV file starts with the names of its columns") }
        if !batch.rows.isEmpty || !batch.bad.isEmpty { try await take(batch) }
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], to file: inout AtomicFile) throws {
        try CSVWriter(path: path, dialect: format.dialect).write(rows, to: &file)
    }

    private func decoder(header: CSVRecord) throws -> CSVRowDecoder {
        let names = try (0..<header.count).map { field in
            guard let name = header.text(field) else {
                throw FlowError(.connector, "\(path):\(header.line): the name of column \(field + 1) is not UTF-8")
            }
            return name
        }
        if let twice = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }) {
            throw FlowError(.connector, "\(path):\(header.line): two columns are named \"\(twice.element)\"")
        }
        return CSVRowDecoder(path: path, columns: format.dialect.columns ?? names, missing: format.dialect.missing)
    }
}

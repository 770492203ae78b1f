import Foundation
import KisFlow

/// A file with one row a line: JSON, or plain text.
struct LineFile {
    let path: String
    let format: FileFormat

    func load<Row: Codable & Sendable>(_ type: Row.Type, _ take: (RowBatch<Row>) async throws -> Void) async throws {
        let reader = try ChunkReader(path: path)
        let codec = try codec(for: type)
        var lines = LineSplitter(path: path, maximumBytes: format.maximumRecordBytes)
        var batch = RowBatch<Row>(rows: [])
        var index = 0
        while true {
            let chunk = try reader.next()
            if let chunk { lines.feed(chunk) }
            while let line = try lines.next(atEnd: chunk == nil) {
                if format.kind == .jsonl && line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                do {
                    batch.rows.append(try codec.row(type, from: line))
                } catch {
                    let text = String(decoding: line.prefix(1_000), as: UTF8.self)
                    batch.bad.append(codec.badRow(error, index: index, text: text, source: "\(path):\(lines.number)"))
                }
                index += 1
                if batch.rows.count + batch.bad.count >= format.batchRows {
                    try await take(batch)
                    batch = RowBatch(rows: [])
                }
            }
            guard chunk != nil else { break }
        }
        if !batch.rows.isEmpty || !batch.bad.isEmpty { try await take(batch) }
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], to file: inout AtomicFile) throws {
        let codec = try codec(for: Row.self)
        for (index, row) in rows.enumerated() {
            let bytes = try codec.bytes(of: row)
            guard !bytes.contains(0x0A) || format.kind == .text else {
                throw FlowError(.connector, "row \(index) for \(path) is a JSON text of several lines; JSON lines take one line a row")
            }
            try file.write(bytes)
            try file.write(CollectionOfOne(0x0A))
        }
    }

    private func codec<Row>(for type: Row.Type) throws -> RowCodec {
        guard format.kind == .jsonl || type == String.self || type == Data.self || type == [UInt8].self else {
            throw FlowError(.connector, "\(path): a text file has rows of type String, not \(type)")
        }
        return RowCodec()
    }
}

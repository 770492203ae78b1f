import Foundation
import KisFlow

/// Reads a file with one row a line: JSON, or plain text.
struct LineFile {
    let path: String
    let format: FileFormat

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, from start: FilePosition, _ policy: BatchPolicy, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let codec = try LineEncoder.codec(for: type, format, path)
        var reader = try ChunkReader(path: path, isGzip: format.isGzip, from: start.offset)
        var lines = LineSplitter(path: path, maximumBytes: format.maximumRecordBytes, at: start)
        var filler = BatchFiller<Row>(policy)
        var row = start.row
        while true {
            let chunk = try reader.next()
            if let chunk { lines.feed(chunk) }
            while let line = try lines.next(atEnd: chunk == nil) {
                if format.kind == .jsonl && line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                do {
                    filler.add(try codec.row(type, from: line), bytes: line.count)
                } catch {
                    let text = String(decoding: line, as: UTF8.self)
                    filler.add(codec.badRow(error, index: row, text: text, source: "\(path):\(lines.number)"), bytes: line.count)
                }
                row += 1
                if filler.isFull { try await take(filler.taken(lines.position(row: row).value)) }
            }
            guard chunk != nil else { break }
        }
        if !filler.isEmpty { try await take(filler.taken(lines.position(row: row).value)) }
    }
}

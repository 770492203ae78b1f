import Foundation
import KisFlow

/// Writes rows as lines: JSON, or plain text.
struct LineEncoder {
    let path: String
    let format: FileFormat
    private var count = 0

    init(path: String, format: FileFormat) {
        self.path = path
        self.format = format
    }

    mutating func append<Row: Codable & Sendable>(_ rows: ArraySlice<Row>, to buffer: inout [UInt8]) throws {
        let codec = try Self.codec(for: Row.self, format, path)
        for row in rows {
            let bytes = try codec.bytes(of: row)
            guard !bytes.contains(0x0A) || format.kind == .text else {
                throw FlowError(.connector, "row \(count) for \(path) is a JSON text of several lines; JSON lines take one line a row")
            }
            buffer.append(contentsOf: bytes)
            buffer.append(0x0A)
            count += 1
        }
    }

    static func codec<Row>(for type: Row.Type, _ format: FileFormat, _ path: String) throws -> RowCodec {
        guard format.kind == .jsonl || type == String.self || type == Data.self || type == [UInt8].self else {
            throw FlowError(.connector, "\(path): a text file has rows of type String, not \(type)")
        }
        return RowCodec()
    }
}

import Foundation
import KisFlow

/// Cuts bytes into lines that end with LF or CR LF; the last one needs no end. A byte-order mark at the start is left out.
struct LineSplitter {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    let path: String
    let maximumBytes: Int
    /// The number of the line that was given last, counted from 1.
    private(set) var number: Int
    private var buffer: [UInt8] = []
    private var position = 0
    /// Up to here the buffer is known to hold no end of line.
    private var searched = 0
    /// Where the buffer starts in the file, in bytes.
    private var base: Int
    private let file: String?
    private let startsInside: Bool

    init(path: String, maximumBytes: Int, at start: FilePosition = .start) {
        self.path = path
        self.maximumBytes = maximumBytes
        base = start.offset
        file = start.file
        number = start.line
        startsInside = start.offset > 0
    }

    /// Behind the line that was given last.
    func position(row: Int) -> FilePosition {
        FilePosition(offset: base + position, line: number, row: row, file: file)
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer.removeSubrange(..<position)
        base += position
        searched -= position
        position = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next line without its end; `nil` when more bytes are needed, or at the end.
    mutating func next(atEnd: Bool) throws -> Data? {
        if let end = ByteSearch.first(0x0A, in: buffer, from: max(searched, position)) {
            defer {
                position = end + 1
                searched = position
            }
            return try line(upTo: end)
        }
        searched = buffer.count
        if !atEnd {
            if buffer.count - position > maximumBytes { throw tooLong() }
            return nil
        }
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return try line(upTo: buffer.count)
    }

    private mutating func line(upTo end: Int) throws -> Data {
        var start = position
        var end = end
        if number == 0, !startsInside, buffer[start..<end].starts(with: Self.byteOrderMark) { start += 3 }
        if end > start, buffer[end - 1] == 0x0D { end -= 1 }
        guard end - start <= maximumBytes else { throw tooLong() }
        number += 1
        return Data(buffer[start..<end])
    }

    private func tooLong() -> FlowError {
        FlowError(.connector, "\(path):\(number + 1): the line is longer than \(maximumBytes) bytes (parameter max_record_bytes)")
    }
}

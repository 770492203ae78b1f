import KisFlow

/// Cuts bytes into records after RFC 4180: fields may be quoted, quoted fields may hold delimiters, ends of lines and doubled quotes.
///
/// Beyond the RFC it takes LF for CR LF, a missing end of the last line, a byte-order mark at the start, and quotes inside a field that does not start
/// with one, which are kept as they are.
struct CSVParser {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    let path: String
    let delimiter: UInt8
    let maximumRecordBytes: Int
    private var buffer: [UInt8] = []
    private var position = 0
    /// Where the buffer starts in the file, in bytes.
    private var base: Int
    private let file: String?
    private var isAtStart: Bool
    /// The line on which the next record starts, counted from 1.
    private var line: Int

    init(path: String, delimiter: UInt8, maximumRecordBytes: Int, at start: FilePosition = .start) {
        self.path = path
        self.delimiter = delimiter
        self.maximumRecordBytes = maximumRecordBytes
        base = start.offset
        file = start.file
        line = start.line + 1
        isAtStart = start.offset == 0
    }

    /// Behind the record that was read last.
    func position(row: Int) -> FilePosition {
        FilePosition(offset: base + position, line: line - 1, row: row, file: file)
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer.removeSubrange(..<position)
        base += position
        position = 0
        buffer.append(contentsOf: bytes)
    }

    /// Reads the next record.
    ///
    /// - Returns: `false` when more bytes are needed, or at the end.
    /// - Throws: `FlowError` of kind `connector` where the structure is broken, with file and line.
    mutating func next(into record: CSVRecord, atEnd: Bool) throws -> Bool {
        if isAtStart {
            guard atEnd || buffer.count >= 3 else { return false }
            if buffer.starts(with: Self.byteOrderMark) { position = 3 }
            isAtStart = false
        }
        guard position < buffer.count else { return false }
        let lineEnd = ByteSearch.first(CSVBytes.lineFeed, in: buffer, from: position)
        guard lineEnd != nil || atEnd else { return try needMore() }
        let end = lineEnd ?? buffer.count
        if ByteSearch.first(CSVBytes.quote, in: buffer, from: position, to: end) != nil {
            return try readQuoted(into: record, atEnd: atEnd)
        }
        guard end - position <= maximumRecordBytes else { throw tooLong() }
        readPlain(into: record, upTo: end)
        position = min(end + 1, buffer.count)
        line += 1
        return true
    }

    /// A record without any quote: cut at the delimiters.
    private func readPlain(into record: CSVRecord, upTo end: Int) {
        let end = end > position && buffer[end - 1] == CSVBytes.carriageReturn ? end - 1 : end
        record.clear(line: line)
        buffer.withUnsafeBufferPointer { record.fill(UnsafeBufferPointer(rebasing: $0[position..<end]), delimiter: delimiter) }
    }

    private mutating func readQuoted(into record: CSVRecord, atEnd: Bool) throws -> Bool {
        record.clear(line: line)
        var scan = CSVQuotedScan(position: position, line: line)
        switch scan.run(buffer, delimiter: delimiter, atEnd: atEnd, into: record) {
        case .incomplete: return try needMore()
        case .complete: break
        case .unclosedQuote(let opened):
            throw FlowError(.connector, "\(path):\(opened): the quote that opens here is never closed")
        case .textAfterQuote(let column):
            throw FlowError(
                .connector, "\(path):\(scan.line): text after the closing quote of field \(column); a quote inside a field is written twice"
            )
        }
        guard scan.position - position <= maximumRecordBytes else { throw tooLong() }
        position = scan.position
        line = scan.line
        return true
    }

    private func needMore() throws -> Bool {
        guard buffer.count - position <= maximumRecordBytes else { throw tooLong() }
        return false
    }

    private func tooLong() -> FlowError {
        let hint = "is a quote left open? Otherwise raise the parameter max_record_bytes"
        return FlowError(.connector, "\(path):\(line): the record is longer than \(maximumRecordBytes) bytes; \(hint)")
    }
}

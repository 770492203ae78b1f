/// Reads one record that holds quotes, byte by byte.
struct CSVQuotedScan {
    enum Outcome {
        case complete
        /// The record may go on behind the bytes that are there.
        case incomplete
        /// With the line on which it opens.
        case unclosedQuote(line: Int)
        /// With the number of the field, counted from 1.
        case textAfterQuote(field: Int)
    }

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// Behind a quote inside a quoted field: it closes the field or is the first of two.
        case quoteInQuoted
    }

    private(set) var position: Int
    private(set) var line: Int
    private var state = State.fieldStart
    private var fieldStart = 0
    private var openedAt = 0

    init(position: Int, line: Int) {
        self.position = position
        self.line = line
    }

    mutating func run(_ buffer: [UInt8], delimiter: UInt8, atEnd: Bool, into record: CSVRecord) -> Outcome {
        while position < buffer.count {
            let byte = buffer[position]
            position += 1
            if byte == CSVBytes.lineFeed { line += 1 }
            switch (state, byte) {
            case (.quoted, CSVBytes.quote): state = .quoteInQuoted
            case (.quoted, _): record.append(byte)
            case (.fieldStart, CSVBytes.quote):
                state = .quoted
                openedAt = line
            case (.quoteInQuoted, CSVBytes.quote):
                record.append(byte)
                state = .quoted
            case (_, delimiter): closeField(record)
            case (_, CSVBytes.lineFeed):
                dropCarriageReturn(record)
                closeField(record)
                return .complete
            case (.quoteInQuoted, CSVBytes.carriageReturn): continue
            case (.quoteInQuoted, _): return .textAfterQuote(field: record.count + 1)
            default:
                record.append(byte)
                state = .plain
            }
        }
        guard atEnd else { return .incomplete }
        if state == .quoted { return .unclosedQuote(line: openedAt) }
        dropCarriageReturn(record)
        closeField(record)
        return .complete
    }

    private mutating func closeField(_ record: CSVRecord) {
        record.closeField(from: fieldStart, to: record.byteCount, quoted: state == .quoteInQuoted)
        fieldStart = record.byteCount
        state = .fieldStart
    }

    /// The carriage return before an end of line was taken for text of the last field, unless that is quoted.
    private func dropCarriageReturn(_ record: CSVRecord) {
        guard state == .plain, record.byteCount > fieldStart, record.last == CSVBytes.carriageReturn else { return }
        record.removeLast()
    }
}

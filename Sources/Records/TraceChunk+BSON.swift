package import BSON
package import Engine

extension TraceChunk {
    package init(_ fields: FieldReader) throws(StoreError) {
        var lines: [TraceLine] = []
        for line in try fields.documents("lines") {
            lines.append(TraceLine(at: try line.date("at"), level: try line.choice("level"), message: try line.string("message")))
        }
        self.init(
            dagInsId: try fields.string("dagInsId"), taskId: try fields.string("taskId"), epoch: try fields.int("epoch"),
            attempt: Int(clamping: try fields.int("attempt")), seq: Int(clamping: try fields.int("seq")),
            worker: try fields.string("worker"),
            lines: lines)
    }

    /// The whole is written as bytes, not value by value: a chatty task has hundreds of thousands of lines a second.
    package var document: Document {
        get throws {
            let head: Document = [
                "_id": .string(id), "dagInsId": .string(dagInsId), "taskId": .string(taskId), "epoch": .int64(epoch),
                "attempt": .int64(Int64(attempt)), "seq": .int64(Int64(seq)), "worker": .string(worker),
            ]
            var bytes = head.bytes
            bytes.removeLast()
            bytes.reserveCapacity(bytes.count + lines.reduce(0) { $0 + $1.message.utf8.count + 80 })
            bytes.beginElement(.array, "lines")
            let array = bytes.beginDocument()
            for (index, line) in lines.enumerated() { bytes.append(line, index: index) }
            bytes.endDocument(array)
            bytes.endDocument(0)
            return try Document(validating: bytes)
        }
    }
}

private enum ElementType: UInt8 {
    case string = 0x02
    case document = 0x03
    case array = 0x04
    case date = 0x09
}

extension [UInt8] {
    fileprivate mutating func append(_ line: TraceLine, index: Int) {
        append(ElementType.document.rawValue)
        appendDecimal(index)
        append(0)
        let start = beginDocument()
        beginElement(.date, "at")
        appendBytes(of: BSONDate(line.at).milliseconds)
        beginElement(.string, "level")
        appendText(line.level.rawValue)
        beginElement(.string, "message")
        appendText(line.message)
        endDocument(start)
    }

    fileprivate mutating func beginElement(_ type: ElementType, _ key: StaticString) {
        append(type.rawValue)
        key.withUTF8Buffer { append(contentsOf: $0) }
        append(0)
    }

    fileprivate mutating func beginDocument() -> Int {
        appendBytes(of: Int32(0))
        return count - 4
    }

    /// Ends what began at `start`, and writes its length there.
    fileprivate mutating func endDocument(_ start: Int) {
        append(0)
        let length = UInt32(clamping: count - start)
        for place in 0..<4 { self[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(8 * place)) }
    }

    fileprivate mutating func appendText(_ text: String) {
        appendBytes(of: Int32(clamping: text.utf8.count + 1))
        append(contentsOf: text.utf8)
        append(0)
    }

    fileprivate mutating func appendBytes(of number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func appendDecimal(_ number: Int) {
        if number >= 10 { appendDecimal(number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

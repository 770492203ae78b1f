/// Walks the elements of one document forwards. Every offset is checked against the document's end, so that hostile bytes
/// give an error and nothing else; text is not checked (``DocumentValidator`` does that once).
struct ElementCursor {
    let bytes: [UInt8]
    /// The next element's type byte.
    private(set) var offset: Int
    /// Offset of the document's terminating zero byte.
    let end: Int

    /// A cursor over the document that fills `range` of `bytes`.
    init(_ bytes: [UInt8], in range: Range<Int>) throws(BSONError) {
        guard range.count >= 5, range.upperBound <= bytes.count else {
            throw BSONError(reason: .truncated, offset: range.lowerBound)
        }
        guard Int(bytes.int32(at: range.lowerBound)) == range.count else {
            throw BSONError(reason: .badLength, offset: range.lowerBound)
        }
        guard bytes[range.upperBound - 1] == 0 else {
            throw BSONError(reason: .missingTerminator, offset: range.upperBound - 1)
        }
        self.bytes = bytes
        offset = range.lowerBound + 4
        end = range.upperBound - 1
    }

    /// Goes on at `place`, where an element begins.
    mutating func skip(to place: Int) { offset = place }

    /// The next element, or nil at the end of the document.
    mutating func next() throws(BSONError) -> RawElement? {
        guard offset < end else { return nil }
        guard let type = ElementType(rawValue: bytes[offset]) else {
            throw BSONError(reason: bytes[offset] == 0 ? .badLength : .unknownType, offset: offset)
        }
        let keyEnd = try endOfCString(from: offset + 1)
        let start = keyEnd + 1
        let element = RawElement(type: type, key: offset + 1..<keyEnd, value: start..<start + (try size(of: type, at: start)))
        offset = element.value.upperBound
        return element
    }

    /// The number of bytes of a value, which is known to fit into the document.
    private func size(of type: ElementType, at start: Int) throws(BSONError) -> Int {
        let size =
            switch type {
            case .undefined, .null, .minKey, .maxKey: 0
            case .bool: 1
            case .int32: 4
            case .double, .date, .timestamp, .int64: 8
            case .objectID: 12
            case .decimal128: 16
            case .string, .javascript, .symbol: 4 + (try length(at: start, atLeast: 1))
            case .dbPointer: 4 + (try length(at: start, atLeast: 1)) + 12
            case .binary: 5 + (try length(at: start, atLeast: 0))
            case .document, .array: try length(at: start, atLeast: 5)
            case .codeWithScope: try length(at: start, atLeast: 14)
            case .regex: try endOfCString(from: try endOfCString(from: start) + 1) + 1 - start
            }
        guard size <= end - start else { throw BSONError(reason: .truncated, offset: start) }
        return size
    }

    private func length(at start: Int, atLeast minimum: Int) throws(BSONError) -> Int {
        guard end - start >= 4 else { throw BSONError(reason: .truncated, offset: start) }
        let length = Int(bytes.int32(at: start))
        guard length >= minimum else { throw BSONError(reason: .badLength, offset: start) }
        return length
    }

    private func endOfCString(from start: Int) throws(BSONError) -> Int {
        let found = bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < end, bytes[index] != 0 { index += 1 }
            return index
        }
        if found < end { return found }
        throw BSONError(reason: .missingTerminator, offset: start)
    }
}

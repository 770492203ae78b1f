/// The fields of one record, unquoted, in storage that is used again for the next one. Not for concurrent use.
final class CSVRecord {
    private struct Field {
        let start: Int
        let end: Int
        let isQuoted: Bool
    }

    /// So many bytes behind the last one may be read, so that eight can be looked at together.
    private static let padding = 8

    /// The fields' bytes, one after the other.
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity = 1_024
    private(set) var byteCount = 0
    private var fields: UnsafeMutablePointer<Field>
    private var fieldCapacity = 32
    private(set) var count = 0
    /// The line on which the record starts, counted from 1.
    private(set) var line = 0

    init() {
        bytes = .allocate(capacity: capacity + Self.padding)
        bytes.initialize(repeating: 0, count: capacity + Self.padding)
        fields = .allocate(capacity: fieldCapacity)
    }

    deinit {
        bytes.deallocate()
        fields.deallocate()
    }

    /// Nothing between two ends of lines.
    var isBlank: Bool { count == 1 && byteCount == 0 && !isQuoted(0) }

    // MARK: - Filling

    func clear(line: Int) {
        byteCount = 0
        count = 0
        self.line = line
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        if byteCount == capacity { grow(1) }
        bytes[byteCount] = byte
        byteCount += 1
    }

    var last: UInt8? { byteCount > 0 ? bytes[byteCount - 1] : nil }

    func removeLast() { byteCount -= 1 }

    @inline(__always)
    func closeField(from start: Int, to end: Int, quoted isQuoted: Bool) {
        if count == fieldCapacity { growFields() }
        fields[count] = Field(start: start, end: end, isQuoted: isQuoted)
        count += 1
    }

    /// Takes a whole record without quotes and cuts it at the delimiters, looking at eight bytes at a time.
    func fill(_ text: UnsafeBufferPointer<UInt8>, delimiter: UInt8) {
        if let start = text.baseAddress {
            if text.count > capacity { grow(text.count) }
            bytes.update(from: start, count: text.count)
            byteCount = text.count
        }
        let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let pattern = UInt64(delimiter) &* 0x0101_0101_0101_0101
        var start = 0
        for offset in stride(from: 0, to: byteCount, by: 8) {
            let word = UInt64(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt64.self)) ^ pattern
            // The highest bit of each byte that is the delimiter, and no other.
            var found = ~(((word & lows) &+ lows) | word | lows)
            while found != 0 {
                let place = offset + found.trailingZeroBitCount >> 3
                guard place < byteCount else { break }
                closeField(from: start, to: place, quoted: false)
                start = place + 1
                found &= found &- 1
            }
        }
        closeField(from: start, to: byteCount, quoted: false)
    }

    private func grow(_ number: Int) {
        let larger = max(capacity * 2, byteCount + number)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger + Self.padding)
        new.initialize(repeating: 0, count: larger + Self.padding)
        new.update(from: bytes, count: byteCount)
        bytes.deallocate()
        bytes = new
        capacity = larger
    }

    private func growFields() {
        let new = UnsafeMutablePointer<Field>.allocate(capacity: fieldCapacity * 2)
        new.moveInitialize(from: fields, count: count)
        fields.deallocate()
        fields = new
        fieldCapacity *= 2
    }

    // MARK: - Reading

    func isQuoted(_ field: Int) -> Bool {
        precondition(field < count)
        return fields[field].isQuoted
    }

    /// The field's bytes, until the record changes.
    @inline(__always)
    func field(_ number: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(number < count)
        let field = fields[number]
        return UnsafeBufferPointer(start: bytes + field.start, count: field.end - field.start)
    }

    /// The field as a text; `nil` when it is not UTF-8.
    func text(_ field: Int) -> String? {
        String(validating: self.field(field), as: UTF8.self)
    }

    /// The field for an error message.
    func excerpt(_ field: Int) -> String {
        String(decoding: self.field(field).prefix(80), as: UTF8.self)
    }

    /// The whole record for an error message.
    var excerpt: String {
        (0..<count).map { excerpt($0) }.joined(separator: ",")
    }

    func equals(_ field: Int, _ text: [UInt8]) -> Bool {
        let bytes = self.field(field)
        guard bytes.count == text.count else { return false }
        for offset in 0..<text.count where bytes[offset] != text[offset] { return false }
        return true
    }
}

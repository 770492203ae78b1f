/// Appends elements to a growing buffer and patches the lengths of documents when they end.
struct BSONWriter {
    private(set) var bytes: [UInt8]

    /// A writer whose buffer holds nothing yet.
    init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// A writer that goes on where a finished document ended.
    init(reopening bytes: consuming [UInt8]) {
        self.bytes = bytes
        self.bytes.removeLast()
    }

    /// Starts a document (without type and key) and returns the mark that ``endDocument(_:)`` wants.
    mutating func beginDocument() -> Int {
        bytes.append(littleEndian: Int32(0))
        return bytes.count - 4
    }

    mutating func endDocument(_ mark: Int) {
        bytes.append(0)
        bytes.patch(Int32(clamping: bytes.count - mark), at: mark)
    }

    /// Writes type byte and key. A key cannot hold a zero byte: one is written as U+FFFD.
    mutating func beginElement(_ type: UInt8, _ key: String) {
        bytes.append(type)
        appendCString(key)
    }

    /// The same for a key that is known to hold no zero byte.
    mutating func beginElement(_ type: UInt8, checkedKey key: String) {
        bytes.append(type)
        bytes.append(contentsOf: key.utf8)
        bytes.append(0)
    }

    /// The same for a key of the program's own.
    mutating func beginElement(_ type: UInt8, key: StaticString) {
        bytes.append(type)
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0)
    }

    mutating func append(littleEndian number: Int64) { bytes.append(littleEndian: number) }

    mutating func append(_ document: Document) { bytes.append(contentsOf: document.bytes) }

    mutating func append(_ value: BSONValue, key: String) {
        beginElement(value.typeByte, key)
        appendPayload(value)
    }

    /// Writes what follows the key.
    mutating func appendPayload(_ value: BSONValue) {
        switch value {
        case .double(let number): bytes.append(littleEndian: number.bitPattern)
        case .string(let text), .javascript(let text): appendString(text)
        case .document(let document): bytes.append(contentsOf: document.bytes)
        case .array(let values): appendArray(values)
        case .binary(let subtype, let content):
            bytes.append(littleEndian: Int32(clamping: content.count))
            bytes.append(subtype)
            bytes.append(contentsOf: content)
        case .objectID(let id): bytes.append(contentsOf: id.bytes)
        case .bool(let flag): bytes.append(flag ? 1 : 0)
        case .date(let date): bytes.append(littleEndian: date.milliseconds)
        case .null, .minKey, .maxKey: break
        case .regex(let pattern, let options):
            appendCString(pattern)
            appendCString(options)
        case .int32(let number): bytes.append(littleEndian: number)
        case .int64(let number): bytes.append(littleEndian: number)
        case .timestamp(let timestamp): bytes.append(littleEndian: timestamp.rawValue)
        case .decimal128(let decimal): bytes.append(contentsOf: decimal.bytes)
        case .legacy(let legacy): bytes.append(contentsOf: legacy.payload)
        }
    }

    private mutating func appendArray(_ values: [BSONValue]) {
        let mark = beginDocument()
        for (index, value) in values.enumerated() {
            append(value, key: String(index))
        }
        endDocument(mark)
    }

    mutating func appendString(_ text: String) {
        bytes.append(littleEndian: Int32(clamping: text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    private mutating func appendCString(_ text: String) {
        if text.utf8.contains(0) {
            let replaced = text.unicodeScalars.map { $0 == "\0" ? Character("\u{FFFD}") : Character($0) }
            bytes.append(contentsOf: String(replaced).utf8)
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(0)
    }
}

/// Writes elements into a growing buffer and patches the lengths of documents when they end.
struct BSONWriter {
    /// The buffer, filled with zeros beyond what is written: bytes are put into their place, many at a time, which costs a fraction of appending them.
    private var room: [UInt8]
    /// How many bytes are written.
    private(set) var count = 0

    /// A writer whose buffer holds nothing yet.
    init(capacity: Int = 256) {
        room = [UInt8](repeating: 0, count: capacity)
    }

    /// A writer that goes on where a finished document ended.
    init(reopening bytes: consuming [UInt8]) {
        count = bytes.count - 1
        room = bytes
    }

    /// Takes out what was written; the writer is empty then.
    mutating func take() -> [UInt8] {
        room.removeLast(room.count - count)
        count = 0
        return exchange(&room, with: [])
    }

    /// Makes room for `size` bytes, and lets `write` write all of them.
    @inline(__always)
    private mutating func put(_ size: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        if room.count - count < size { grow(size) }
        let place = count
        room.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { write(base + place) }
        }
        count += size
    }

    /// The array itself grows by doubling.
    @inline(never)
    private mutating func grow(_ size: Int) { room.append(contentsOf: repeatElement(0, count: size + 64)) }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        put(bytes.count) { place in
            if let source = bytes.baseAddress { place.copyMemory(from: source, byteCount: bytes.count) }
        }
    }

    private mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

    private mutating func put(_ byte: UInt8) { put(1) { $0.storeBytes(of: byte, as: UInt8.self) } }

    /// Starts a document (without type and key) and returns the mark that ``endDocument(_:)`` wants.
    mutating func beginDocument() -> Int {
        append(littleEndian: Int32(0))
        return count - 4
    }

    mutating func endDocument(_ mark: Int) {
        put(0)
        room.patch(Int32(clamping: count - mark), at: mark)
    }

    /// Writes type byte and key. A key cannot hold a zero byte: one is written as U+FFFD.
    mutating func beginElement(_ type: UInt8, _ key: String) {
        put(type)
        appendCString(key)
    }

    /// The same for a key that is known to hold no zero byte.
    mutating func beginElement(_ type: UInt8, checkedKey key: String) {
        var key = key
        key.withUTF8 { beginElement(type, utf8: $0) }
    }

    /// The same for a key of the program's own.
    mutating func beginElement(_ type: UInt8, key: StaticString) {
        key.withUTF8Buffer { beginElement(type, utf8: $0) }
    }

    private mutating func beginElement(_ type: UInt8, utf8 key: UnsafeBufferPointer<UInt8>) {
        put(key.count + 2) { place in
            place.storeBytes(of: type, as: UInt8.self)
            if let source = key.baseAddress { (place + 1).copyMemory(from: source, byteCount: key.count) }
            place.storeBytes(of: 0, toByteOffset: key.count + 1, as: UInt8.self)
        }
    }

    /// The same for an element of an array.
    mutating func beginElement(_ type: UInt8, index: Int) {
        guard index >= 10 else {
            return put(3) { place in
                place.storeBytes(of: type, as: UInt8.self)
                place.storeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: index), toByteOffset: 1, as: UInt8.self)
                place.storeBytes(of: 0, toByteOffset: 2, as: UInt8.self)
            }
        }
        beginElement(type, checkedKey: String(index))
    }

    mutating func append(littleEndian number: some FixedWidthInteger & BitwiseCopyable) {
        let number = number.littleEndian
        put(MemoryLayout.size(ofValue: number)) { $0.storeBytes(of: number, as: type(of: number)) }
    }

    mutating func append(_ document: Document) { put(document.bytes) }

    mutating func append(_ value: BSONValue, key: String) {
        beginElement(value.typeByte, key)
        appendPayload(value)
    }

    /// Writes what follows the key.
    mutating func appendPayload(_ value: BSONValue) {
        switch value {
        case .double(let number): append(littleEndian: number.bitPattern)
        case .string(let text), .javascript(let text): appendString(text)
        case .document(let document): put(document.bytes)
        case .array(let values): appendArray(values)
        case .binary(let subtype, let content):
            append(littleEndian: Int32(clamping: content.count))
            put(subtype)
            put(content)
        case .objectID(let id): put(Array(id.bytes))
        case .bool(let flag): put(flag ? 1 : 0)
        case .date(let date): append(littleEndian: date.milliseconds)
        case .null, .minKey, .maxKey: break
        case .regex(let pattern, let options):
            appendCString(pattern)
            appendCString(options)
        case .int32(let number): append(littleEndian: number)
        case .int64(let number): append(littleEndian: number)
        case .timestamp(let timestamp): append(littleEndian: timestamp.rawValue)
        case .decimal128(let decimal): put(Array(decimal.bytes))
        case .legacy(let legacy): put(legacy.payload)
        }
    }

    private mutating func appendArray(_ values: [BSONValue]) {
        let mark = beginDocument()
        for (index, value) in values.enumerated() {
            beginElement(value.typeByte, index: index)
            appendPayload(value)
        }
        endDocument(mark)
    }

    mutating func appendString(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            put(utf8.count + 5) { place in
                place.storeBytes(of: Int32(clamping: utf8.count + 1).littleEndian, as: Int32.self)
                if let source = utf8.baseAddress { (place + 4).copyMemory(from: source, byteCount: utf8.count) }
                place.storeBytes(of: 0, toByteOffset: utf8.count + 4, as: UInt8.self)
            }
        }
    }

    private mutating func appendCString(_ text: String) {
        var text = text
        if text.withUTF8({ $0.contains(0) }) {
            text = String(text.unicodeScalars.map { $0 == "\0" ? Character("\u{FFFD}") : Character($0) })
        }
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
        put(0)
    }
}

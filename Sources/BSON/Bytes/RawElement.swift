/// One element of a document, as places in the bytes that hold it.
struct RawElement {
    let type: ElementType
    /// The key without its terminating zero byte.
    let key: Range<Int>
    /// The value, from the byte after the key's terminator.
    let value: Range<Int>

    /// The key as text.
    func name(in bytes: [UInt8]) -> String {
        String(decoding: bytes[key], as: UTF8.self)
    }

    /// Whether the key equals `name`, byte by byte, without making a string.
    func isNamed(_ name: inout String, in bytes: [UInt8]) -> Bool {
        name.withUTF8 { wanted in
            guard wanted.count == key.count else { return false }
            return bytes.withUnsafeBufferPointer { bytes in
                for index in wanted.indices where bytes[key.lowerBound + index] != wanted[index] { return false }
                return true
            }
        }
    }
}

/// A hash of a key's UTF-8: of its length and of up to 16 bytes, which is enough to tell the keys of most rows apart. Whoever finds equal hashes compares the bytes.
enum JSONKeyHash {
    @inline(__always)
    static func of(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = raw.loadUnaligned(as: UInt64.self)
            last = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(raw.loadUnaligned(as: UInt32.self))
            last = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else if count > 0 {
            first = UInt64(bytes[0]) << 16 | UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1])
        }
        // The golden ratio's bits, as in Knuth's multiplicative hashing; the upper half is mixed into the lower, of which the tape uses 6 bits.
        let product = (first &+ (last << 29 | last >> 35) &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 32)
    }

    /// The hash as one bit of 64.
    @inline(__always)
    static func bit(_ hash: UInt64) -> UInt64 { 1 &<< (hash & 63) }
}

/// The end of what a process has written, in bounded memory.
struct OutputTail {
    /// How much is kept at least, in bytes.
    let limit: Int
    /// All that was written, in bytes.
    private(set) var total = 0
    private var kept: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        kept.append(contentsOf: bytes.suffix(limit))
        // Only now and then, so that a byte is moved once on average.
        if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
    }

    /// Everything, if it was no more than the limit.
    var whole: ArraySlice<UInt8>? { total <= limit ? kept[...] : nil }

    /// The last line that is not blank, if all of it was kept.
    var lastLine: ArraySlice<UInt8>? {
        let end = kept.lastIndex { !Self.isBlank($0) }.map { $0 + 1 } ?? 0
        let start = kept[..<end].lastIndex(of: 0x0A).map { $0 + 1 }
        guard let start = start ?? (total <= limit ? 0 : nil), start < end else { return nil }
        return kept[start..<end]
    }

    /// The last whole lines within `size` bytes, or the last bytes where one line is longer. Bytes that are not UTF-8 are replaced.
    func text(upTo size: Int) -> String {
        var bytes = kept.suffix(min(size, limit))
        if bytes.count < total {
            if let newline = bytes.firstIndex(of: 0x0A), newline + 1 < bytes.endIndex { bytes = bytes[(newline + 1)...] }
            bytes = bytes.drop { $0 & 0xC0 == 0x80 }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

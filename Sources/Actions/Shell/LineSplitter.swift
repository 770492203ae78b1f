#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Makes lines of text from bytes as they arrive. What it keeps between calls is never longer than one line may be.
struct LineSplitter {
    struct Line: Equatable {
        var text: String
        /// Bytes that are not UTF-8 were replaced (by U+FFFD).
        var isRepaired = false
    }

    /// Longer lines are cut, in bytes.
    let limit: Int
    private var pending: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// The lines that `bytes` complete.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest)
            let length = Self.newline(in: slice)
            if let length, pending.isEmpty, length <= limit {
                // A whole line: nothing of it need be kept.
                lines.append(Self.line(UnsafeRawBufferPointer(rebasing: slice[..<Self.end(of: slice, length)])))
                rest = rest.dropFirst(length + 1)
                continue
            }
            pending.append(contentsOf: slice.prefix(length ?? slice.count))
            cut(into: &lines, keepingLast: length == nil)
            rest = rest.dropFirst(length.map { $0 + 1 } ?? slice.count)
        }
        return lines
    }

    /// The last line, where it does not end in a newline.
    mutating func finish() -> Line? {
        guard !pending.isEmpty else { return nil }
        defer { pending = [] }
        return Self.line(pending[...])
    }

    private static func newline(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress, let found = memchr(start, 0x0A, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - start
    }

    /// Where a line ends whose newline is at `length`: a carriage return before it is part of the newline.
    private static func end(of bytes: UnsafeRawBufferPointer, _ length: Int) -> Int {
        length > 0 && bytes[length - 1] == 0x0D ? length - 1 : length
    }

    /// Empties `pending` in pieces of at most `limit`, up to the last one if that is still incomplete.
    private mutating func cut(into lines: inout [Line], keepingLast: Bool) {
        var rest = pending[...]
        while rest.count > limit {
            let piece = rest.prefix(boundary(in: rest))
            lines.append(Self.line(piece))
            rest = rest.dropFirst(piece.count)
        }
        if keepingLast {
            pending.removeFirst(pending.count - rest.count)
        } else {
            lines.append(Self.line(rest.last == 0x0D ? rest.dropLast() : rest))
            pending.removeAll(keepingCapacity: true)
        }
    }

    /// Where to cut: at the limit, or up to three bytes before it so as not to split a character.
    private func boundary(in bytes: ArraySlice<UInt8>) -> Int {
        (0..<4).lazy.map { limit - $0 }.first { bytes[bytes.startIndex + $0] & 0xC0 != 0x80 } ?? limit
    }

    private static func line(_ bytes: some Collection<UInt8>) -> Line {
        if let text = String(validating: bytes, as: UTF8.self) { return Line(text: text) }
        return Line(text: String(decoding: bytes, as: UTF8.self), isRepaired: true)
    }
}

/// Whether bytes are one JSON value (RFC 8259), without building it.
struct JSONSyntax {
    /// Deeper than this is taken to be a mistake.
    private static let maximumDepth = 256

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    static func isValue(_ bytes: some Sequence<UInt8>) -> Bool {
        let answer = bytes.withContiguousStorageIfAvailable { isValue(bytes: $0) }
        return answer ?? Array(bytes).withUnsafeBufferPointer { isValue(bytes: $0) }
    }

    private static func isValue(bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var syntax = JSONSyntax(bytes: bytes)
        guard syntax.value(depth: 0) else { return false }
        syntax.skipBlanks()
        return syntax.position == bytes.count
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func value(depth: Int) -> Bool {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return depth < Self.maximumDepth && members(depth: depth + 1)
        case UInt8(ascii: "["): return depth < Self.maximumDepth && elements(depth: depth + 1)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func members(depth: Int) -> Bool {
        list(until: UInt8(ascii: "}")) { syntax in
            syntax.skipBlanks()
            guard syntax.next == UInt8(ascii: "\""), syntax.string() else { return false }
            syntax.skipBlanks()
            return syntax.take(UInt8(ascii: ":")) && syntax.value(depth: depth)
        }
    }

    private mutating func elements(depth: Int) -> Bool {
        list(until: UInt8(ascii: "]")) { $0.value(depth: depth) }
    }

    private mutating func list(until end: UInt8, _ part: (inout JSONSyntax) -> Bool) -> Bool {
        position += 1
        skipBlanks()
        if take(end) { return true }
        while true {
            guard part(&self) else { return false }
            skipBlanks()
            if take(end) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func string() -> Bool {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte < 0x20 { return false }
            if byte == UInt8(ascii: "\\"), !escape() { return false }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let byte = next else { return false }
        position += 1
        guard byte == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(byte) }
        guard position + 4 <= bytes.count else { return false }
        defer { position += 4 }
        return bytes[position..<position + 4].allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), !digits() { return false }
        if take(UInt8(ascii: ".")), !digits() { return false }
        guard next == UInt8(ascii: "e") || next == UInt8(ascii: "E") else { return true }
        position += 1
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        return digits()
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: letters) else { return false }
        position += letters.count
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }
}

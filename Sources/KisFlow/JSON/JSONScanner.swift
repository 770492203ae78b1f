/// Reads a JSON text (RFC 8259) from front to back and writes a token for each value and key.
///
/// It checks everything: the grammar, the form of numbers, escapes, UTF-8. Strings with escapes are written without them, in place.
struct JSONScanner {
    /// Deeper texts are refused, as by Foundation.
    static let maximumDepth = 512
    /// So many zero bytes follow the text: wherever a byte is expected, there is one, and eight can be read at once.
    static let padding = 16

    let base: UnsafeMutablePointer<UInt8>
    let count: Int
    var position: UnsafeMutablePointer<UInt8>
    var tokens: JSONTokenBuffer
    private var open = -1
    private var depth = 0

    init(base: UnsafeMutablePointer<UInt8>, count: Int, tokens: JSONTokenBuffer) {
        self.base = base
        self.count = count
        self.tokens = tokens
        position = base
    }

    mutating func scan() throws(JSONSyntaxError) {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { position += 3 }
        repeat {
            skipSpace()
            try value()
        } while try afterValue()
        guard position == base + count else { throw error("nothing more is expected") }
    }

    /// Reads a value, or the beginning of one up to its first inner value.
    @inline(__always)
    private mutating func value() throws(JSONSyntaxError) {
        while true {
            switch position.pointee {
            case JSONByte.quote:
                try string(isKey: false)
                return
            case JSONByte.minus, JSONByte.zero...JSONByte.nine:
                try number()
                return
            case JSONByte.leftBrace:
                try enter(.object)
                if position.pointee == JSONByte.rightBrace { return leave() }
                try key()
            case JSONByte.leftBracket:
                try enter(.array)
                if position.pointee == JSONByte.rightBracket { return leave() }
            case UInt8(ascii: "t"): return try word("true", .true)
            case UInt8(ascii: "f"): return try word("false", .false)
            case UInt8(ascii: "n"): return try word("null", .null)
            default: throw error("a value is expected")
            }
        }
    }

    /// - Returns: whether another value follows.
    @inline(__always)
    private mutating func afterValue() throws(JSONSyntaxError) -> Bool {
        while true {
            skipSpace()
            guard open >= 0 else { return false }
            let isObject = tokens[open].kind == .object
            switch position.pointee {
            case JSONByte.comma:
                position += 1
                skipSpace()
                if isObject { try key() }
                return true
            case isObject ? JSONByte.rightBrace : JSONByte.rightBracket: leave()
            default: throw error(isObject ? "a comma or } is expected" : "a comma or ] is expected")
            }
        }
    }

    private mutating func enter(_ kind: JSONToken.Kind) throws(JSONSyntaxError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw error("more than \(Self.maximumDepth) arrays and objects inside each other") }
        tokens.append(JSONToken(kind: kind, start: offset, end: UInt32(tokens.count + 1), next: UInt32(truncatingIfNeeded: open)))
        open = tokens.count - 1
        position += 1
        skipSpace()
    }

    @inline(__always)
    private mutating func leave() {
        position += 1
        depth -= 1
        let outer = Int(Int32(bitPattern: tokens[open].next))
        tokens[open].next = UInt32(tokens.count)
        open = outer
    }

    /// Reads a key and the colon.
    @inline(__always)
    private mutating func key() throws(JSONSyntaxError) {
        guard position.pointee == JSONByte.quote else { throw error("a key in quotes is expected") }
        try string(isKey: true)
        skipSpace()
        guard position.pointee == JSONByte.colon else { throw error("a colon is expected") }
        position += 1
        skipSpace()
    }

    private mutating func word(_ text: StaticString, _ kind: JSONToken.Kind) throws(JSONSyntaxError) {
        let start = offset
        for index in 0..<text.utf8CodeUnitCount {
            guard position.pointee == text.utf8Start[index] else { throw error("\(text) is expected") }
            position += 1
        }
        tokens.append(JSONToken(kind: kind, start: start, end: offset, next: UInt32(tokens.count + 1)))
    }

    @inline(__always)
    mutating func skipSpace() {
        while position.pointee <= JSONByte.space {
            let byte = position.pointee
            guard byte == JSONByte.space || byte == JSONByte.lineFeed || byte == JSONByte.carriageReturn || byte == JSONByte.tab else {
                return
            }
            position += 1
        }
    }

    @inline(__always)
    var offset: UInt32 { UInt32(truncatingIfNeeded: position - base) }

    func error(_ reason: String) -> JSONSyntaxError {
        let offset = position - base
        if offset >= count { return JSONSyntaxError(offset: count, reason: "the text ends too early") }
        let byte = position.pointee
        let found = (0x20..<0x7F).contains(byte) ? "\(Character(Unicode.Scalar(byte)))" : "byte 0x\(String(byte, radix: 16))"
        return JSONSyntaxError(offset: offset, reason: "\(reason), not \(found)")
    }
}

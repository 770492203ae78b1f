extension JSONScanner {
    /// Reads a string from its opening quote on.
    @inline(__always)
    mutating func string(isKey: Bool) throws(JSONSyntaxError) {
        position += 1
        let start = position
        skipPlain()
        let end = position.pointee == JSONByte.quote ? position : try special(start)
        position += 1
        let length = end - start
        var token = JSONToken(kind: .string, start: UInt32(truncatingIfNeeded: start - base), next: UInt32(tokens.count + 1))
        token.end = token.start &+ UInt32(truncatingIfNeeded: length)
        if isKey { token.payload = JSONKeyHash.of(start, length) }
        tokens.append(token)
    }

    /// Goes on to the next byte that is a quote, a backslash, a control character or no ASCII; eight at a time.
    @inline(__always)
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while true {
            let word = UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
            // In each byte the highest bit is set where the byte is meant; above the first one there may be false ones, due to the borrow.
            let control = (word &- ones &* 0x20) & ~word
            let quote = word ^ (ones &* UInt64(JSONByte.quote))
            let backslash = word ^ (ones &* UInt64(JSONByte.backslash))
            let found = (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | word) & highs
            if found != 0 {
                position += found.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
    }

    /// Reads the rest of a string that has escapes or more than ASCII, up to the closing quote.
    ///
    /// - Returns: where the string ends once its escapes are written out.
    @inline(never)
    private mutating func special(_ start: UnsafeMutablePointer<UInt8>) throws(JSONSyntaxError) -> UnsafeMutablePointer<UInt8> {
        var target = position
        while true {
            switch position.pointee {
            case JSONByte.quote: return target
            case JSONByte.backslash: try escape(&target)
            case 0x80...: try sequence(&target)
            case 0x20...:
                target.pointee = position.pointee
                target += 1
                position += 1
            default: throw error("a control character in a string must be escaped")
            }
        }
    }

    /// Copies one UTF-8 sequence of several bytes; the well-formed ones are those of table 3-7 of the Unicode standard.
    private mutating func sequence(_ target: inout UnsafeMutablePointer<UInt8>) throws(JSONSyntaxError) {
        let (length, second) = Self.sequence(startingWith: position[0])
        guard length > 0, second.contains(position[1]) else { throw invalidUTF8() }
        for index in 2..<max(length, 2) where position[index] & 0xC0 != 0x80 { throw invalidUTF8() }
        for _ in 0..<length {
            target.pointee = position.pointee
            target += 1
            position += 1
        }
    }

    /// How many bytes a sequence has, 0 if none starts so, and which second bytes it may have.
    private static func sequence(startingWith byte: UInt8) -> (length: Int, second: ClosedRange<UInt8>) {
        switch byte {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, 0x80...0xBF)
        }
    }

    private func invalidUTF8() -> JSONSyntaxError {
        JSONSyntaxError(offset: position - base, reason: "the text is not UTF-8")
    }

    private mutating func escape(_ target: inout UnsafeMutablePointer<UInt8>) throws(JSONSyntaxError) {
        position += 1
        let plain: UInt8
        switch position.pointee {
        case JSONByte.quote, JSONByte.backslash, JSONByte.slash: plain = position.pointee
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = JSONByte.lineFeed
        case UInt8(ascii: "r"): plain = JSONByte.carriageReturn
        case UInt8(ascii: "t"): plain = JSONByte.tab
        case UInt8(ascii: "u"):
            for byte in UTF8.encode(try scalar()).unsafelyUnwrapped {
                target.pointee = byte
                target += 1
            }
            return
        default: throw error("one of \"\\/bfnrtu is expected after a backslash")
        }
        target.pointee = plain
        target += 1
        position += 1
    }

    /// Reads from the u of an escape on; two escapes where they are a pair of surrogates.
    private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, position[0] == JSONByte.backslash, position[1] == UInt8(ascii: "u") {
            position += 1
            let second = try hexadecimal()
            if (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) {
                return scalar
            }
        }
        throw JSONSyntaxError(offset: start - base - 1, reason: "half of a pair of surrogates")
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        position += 1
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch position.pointee {
            case JSONByte.zero...JSONByte.nine: value = value << 4 | UInt32(position.pointee - JSONByte.zero)
            case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32((position.pointee | 0x20) - UInt8(ascii: "a") + 10)
            default: throw error("a hexadecimal digit is expected")
            }
            position += 1
        }
        return value
    }
}

/// JSON texts of scalars.
extension GrowingBuffer<UInt8> {
    func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { appendJSON($0) }
    }

    /// A text in quotes. Slashes are not escaped.
    func appendJSON(_ text: UnsafeBufferPointer<UInt8>) {
        append(JSONByte.quote)
        var isPlain = true
        for byte in text where byte < 0x20 || byte == JSONByte.quote || byte == JSONByte.backslash { isPlain = false }
        if isPlain { append(text) } else { for byte in text { appendEscaped(byte) } }
        append(JSONByte.quote)
    }

    private func appendEscaped(_ byte: UInt8) {
        switch byte {
        case JSONByte.quote, JSONByte.backslash:
            append(JSONByte.backslash)
            append(byte)
        case 0x08: append(#"\b"#)
        case 0x0C: append(#"\f"#)
        case JSONByte.lineFeed: append(#"\n"#)
        case JSONByte.carriageReturn: append(#"\r"#)
        case JSONByte.tab: append(#"\t"#)
        case 0x00..<0x20:
            let digit = byte & 0xF
            append(byte < 0x10 ? #"\u000"# : #"\u001"#)
            append(digit < 10 ? JSONByte.zero + digit : UInt8(ascii: "a") + digit - 10)
        default: append(byte)
        }
    }

    func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func appendJSON(_ value: Bool) {
        append(value ? "true" : "false")
    }

    func appendJSON<Number: FixedWidthInteger>(_ value: Number) {
        if value < 0 { append(JSONByte.minus) }
        let start = count
        var rest = value.magnitude
        repeat {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            append(JSONByte.zero + UInt8(truncatingIfNeeded: remainder))
            rest = quotient
        } while rest > 0
        var digits = UnsafeMutableBufferPointer(rebasing: elements[start...])
        digits.reverse()
    }

    /// A finite number in the fewest digits that give it back; whole numbers without a point.
    func appendJSON<Number: BinaryFloatingPoint & CustomStringConvertible>(_ value: Number) {
        // From 2^53 on not every digit of a whole number has a meaning; -0 keeps its sign.
        if value.magnitude < 0x20_0000_0000_0000, let whole = Int64(exactly: value), whole != 0 || value.sign == .plus {
            return appendJSON(whole)
        }
        var text = value.description
        if text.hasSuffix(".0") { text.removeLast(2) }
        text.withUTF8 { append($0) }
    }
}

extension JSONScanner {
    /// So many digits always fit into 64 bits.
    private static let maximumDigits = 19
    /// No number of ``maximumDigits`` digits with a larger power of ten fits into a `Double`, nor is with a smaller one more than 0.
    private static let maximumScale = 400

    @inline(__always)
    mutating func number() throws(JSONSyntaxError) {
        var token = JSONToken(kind: .number, start: offset)
        if position.pointee == JSONByte.minus {
            token.isNegative = true
            position += 1
        }
        var value: UInt64 = 0
        let first = position
        digits(&value)
        var digits = position - first
        guard digits > 0 else { throw error("a digit is expected") }
        if digits > 1, first.pointee == JSONByte.zero { throw leadingZero(first) }
        if position.pointee == JSONByte.point || position.pointee | 0x20 == UInt8(ascii: "e") {
            digits += try fraction(&token, &value)
        }
        if digits > Self.maximumDigits { token.isLong = true }
        token.payload = value
        token.end = offset
        token.next = UInt32(tokens.count + 1)
        tokens.append(token)
    }

    @inline(__always)
    private mutating func digits(_ value: inout UInt64) {
        while true {
            let digit = position.pointee &- JSONByte.zero
            guard digit < 10 else { return }
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
    }

    /// Reads fraction and exponent.
    ///
    /// - Returns: the number of digits in the fraction.
    private mutating func fraction(_ token: inout JSONToken, _ value: inout UInt64) throws(JSONSyntaxError) -> Int {
        token.isWhole = false
        var count = 0
        if position.pointee == JSONByte.point {
            position += 1
            let start = position
            digits(&value)
            count = position - start
            guard count > 0 else { throw error("a digit is expected") }
        }
        let scale = try exponent() - count
        token.isLong = abs(scale) > Self.maximumScale
        token.scale = Int16(truncatingIfNeeded: scale)
        return count
    }

    private mutating func exponent() throws(JSONSyntaxError) -> Int {
        guard position.pointee | 0x20 == UInt8(ascii: "e") else { return 0 }
        position += 1
        let isNegative = position.pointee == JSONByte.minus
        if isNegative || position.pointee == JSONByte.plus { position += 1 }
        var value = 0
        let start = position
        while (JSONByte.zero...JSONByte.nine).contains(position.pointee) {
            // Larger ones make no difference: the number is too large, or 0.
            value = min(value * 10 + Int(position.pointee - JSONByte.zero), 1_000_000_000)
            position += 1
        }
        guard position > start else { throw error("a digit is expected") }
        return isNegative ? -value : value
    }

    private func leadingZero(_ first: UnsafeMutablePointer<UInt8>) -> JSONSyntaxError {
        JSONSyntaxError(offset: first - base, reason: "a number cannot begin with 0 and another digit")
    }
}

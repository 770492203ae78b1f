/// Numbers as Swift's types. `nil` means that the type cannot hold the number.
extension JSONTape {
    @inline(__always)
    func integer<Number: FixedWidthInteger>(_ token: JSONToken, as type: Number.Type) -> Number? {
        guard token.isWhole, !token.isLong else { return exactInteger(token, as: type) }
        return Self.signed(token.payload, token.isNegative)
    }

    @inline(__always)
    private static func signed<Number: FixedWidthInteger>(_ magnitude: UInt64, _ isNegative: Bool) -> Number? {
        guard isNegative else { return Number(exactly: magnitude) }
        let (value, overflow) = (0 as Int64).subtractingReportingOverflow(Int64(bitPattern: magnitude))
        guard !overflow, value <= 0 else { return magnitude == 1 << 63 ? Number(exactly: Int64.min) : nil }
        return Number(exactly: value)
    }

    /// A number with a fraction, an exponent or many digits is taken when it is whole all the same, such as 1.0 and 1e3.
    @inline(never)
    private func exactInteger<Number: FixedWidthInteger>(_ token: JSONToken, as type: Number.Type) -> Number? {
        let (digits, scale) = Self.decimal(text(token))
        guard !digits.isEmpty else { return 0 }
        // 20 digits hold every number of 64 bits; 128 bits have 39.
        guard scale >= 0, scale <= 40, digits.count + scale <= 40 else { return nil }
        var value: Number = 0
        for digit in digits + Array(repeating: 0, count: scale) {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let step = Number(digit)
            let next = token.isNegative ? tenfold.subtractingReportingOverflow(step) : tenfold.addingReportingOverflow(step)
            guard !overflow, !next.overflow else { return nil }
            value = next.partialValue
        }
        return value
    }

    /// A number's digits without zeros at either end, and the power of ten that they are multiplied by.
    private static func decimal(_ text: UnsafeBufferPointer<UInt8>) -> (digits: [UInt8], scale: Int) {
        let mantissa = text.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let exponent = exponent(String(decoding: text.dropFirst(mantissa.count + 1), as: UTF8.self))
        let fraction = mantissa.firstIndex(of: JSONByte.point).map { mantissa.endIndex - $0 - 1 } ?? 0
        let all = mantissa.filter { $0 != JSONByte.minus && $0 != JSONByte.point }.map { $0 - JSONByte.zero }
        let digits = Array(all.drop { $0 == 0 })
        let zeros = digits.reversed().prefix { $0 == 0 }.count
        return (digits.dropLast(zeros), exponent - fraction + zeros)
    }

    /// Exponents that are far out of every type's range are cut off, so that they can be counted with.
    private static func exponent(_ text: String) -> Int {
        let limit = 1 << 40
        guard !text.isEmpty else { return 0 }
        return min(max(Int(text) ?? (text.hasPrefix("-") ? -limit : limit), -limit), limit)
    }

    /// Up to 2^53 and 10^22 a `Double` is exact, and a product or quotient of two exact ones is rounded once, as it should be (Clinger, "How to read
    /// floating point numbers accurately", 1990).
    @inline(__always)
    func double(_ token: JSONToken) -> Double? {
        guard !token.isLong, token.payload < 1 << 53, abs(token.scale) <= 22 else { return parsed(token, as: Double.self) }
        let value = Double(token.payload)
        let magnitude =
            token.scale == 0 ? value : token.scale > 0 ? value * Self.powers[Int(token.scale)] : value / Self.powers[-Int(token.scale)]
        return token.isNegative ? -magnitude : magnitude
    }

    func float(_ token: JSONToken) -> Float? {
        guard token.isWhole, !token.isLong, token.payload < 1 << 24 else { return parsed(token, as: Float.self) }
        let value = Float(token.payload)
        return token.isNegative ? -value : value
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Numbers too large for the type are refused, as are those that would become 0 and are not.
    @inline(never)
    private func parsed<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ token: JSONToken, as type: Number.Type) -> Number? {
        guard let value = Number(string(token)), value.isFinite else { return nil }
        if value == 0, text(token).prefix(while: { $0 | 0x20 != UInt8(ascii: "e") }).contains(where: { $0 > JSONByte.zero }) { return nil }
        return value
    }
}

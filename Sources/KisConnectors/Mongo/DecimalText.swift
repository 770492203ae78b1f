import BSON

/// Decimal numbers of 128 bits as texts, after MongoDB's BSON Decimal128 specification (binary integer form of IEEE 754-2008).
enum DecimalText {
    private static let bias = 6_176
    private static let maximumDigits = 34
    private static let maximumExponent = 6_111

    static func text(_ decimal: BSONDecimal128) -> String {
        let bytes = decimal.bytes
        let bits = bytes.reversed().reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let sign = bits >> 127 == 1 ? "-" : ""
        let combination = Int(truncatingIfNeeded: bits >> 122) & 0x1F
        if combination == 0x1F { return "NaN" }
        if combination == 0x1E { return sign + "Infinity" }
        // Significands of the larger form exceed 34 digits and count as zero.
        let isLarge = combination >> 3 == 0x3
        let exponent = Int(truncatingIfNeeded: isLarge ? bits >> 111 : bits >> 113) & 0x3FFF
        let significand = isLarge ? 0 : bits & ((1 << 113) - 1)
        let digits = String(significand)
        return sign + written(digits.count > maximumDigits ? "0" : digits, exponent - bias)
    }

    static func decimal(_ text: String) -> BSONDecimal128? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if let sign = rest.first, sign == "-" || sign == "+" { rest = rest.dropFirst() }
        let sign: UInt128 = isNegative ? 1 << 127 : 0
        switch rest.lowercased() {
        case "nan": return decimal(UInt128(0x1F) << 122)
        case "inf", "infinity": return decimal(sign | UInt128(0x1E) << 122)
        default: break
        }
        var exponent = 0
        if let mark = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            guard let number = Int(rest[rest.index(after: mark)...]) else { return nil }
            exponent = number
            rest = rest[..<mark]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        if parts.count == 2 { exponent -= parts[1].count }
        var digits = parts.joined()
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        digits = String(digits.drop { $0 == "0" })
        // No digit is lost: what does not fit is refused.
        while digits.count > maximumDigits, digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        while exponent > maximumExponent, digits.count < maximumDigits, !digits.isEmpty {
            digits += "0"
            exponent -= 1
        }
        guard digits.count <= maximumDigits, (-bias...maximumExponent).contains(exponent) else { return nil }
        let significand = digits.isEmpty ? 0 : UInt128(digits) ?? 0
        return decimal(sign | UInt128(exponent + bias) << 113 | significand)
    }

    private static func decimal(_ bits: UInt128) -> BSONDecimal128? {
        BSONDecimal128(bytes: (0..<16).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt128($0))) })
    }

    private static func written(_ digits: String, _ exponent: Int) -> String {
        let scientific = digits.count - 1 + exponent
        guard exponent <= 0, scientific >= -6 else {
            let rest = digits.dropFirst()
            return "\(digits.prefix(1))\(rest.isEmpty ? "" : ".\(rest)")E\(scientific < 0 ? "" : "+")\(scientific)"
        }
        if exponent == 0 { return digits }
        let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
        return "\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }
}

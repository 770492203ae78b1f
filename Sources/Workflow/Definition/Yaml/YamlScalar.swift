/// A YAML scalar: its text, and what the text means.
///
/// Plain texts are resolved by the core schema of YAML 1.2 (section 10.3.2), so `yes`, `on` and dates are texts. One thing differs:
/// digits after a leading zero (`007`) are a text, since YAML 1.1 would read them as octal and 1.2 would lose the zero.
struct YamlScalar: Sendable {
    var text: String
    /// Quoted, a block, or tagged as a string: never a number.
    var isText: Bool

    /// What the scalar means.
    /// - Throws: `Unwritable` for a number that a value cannot hold.
    func value() throws(Unwritable) -> Value {
        guard !isText else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, Self.startsNumber(first) else { return .string(text) }
        return try number() ?? .string(text)
    }

    /// A number that a value cannot hold, with what to do.
    struct Unwritable: Error { var message: String }

    var isNull: Bool { (try? value()) == .some(.null) }

    var found: String {
        (try? value().found) ?? "the number \(text.quotedForMessage())"
    }

    private static func startsNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    private func number() throws(Unwritable) -> Value? {
        let isNegative = text.hasPrefix("-")
        let digits = text.drop { $0 == "+" || $0 == "-" }
        guard text.utf8.count - digits.utf8.count <= 1 else { return nil }
        switch digits {
        case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
            throw Unwritable(message: "\(text) has no place in parameters; put it in quotes to make it a text")
        default: break
        }
        if digits.hasPrefix("0x"), isOnly(digits.dropFirst(2), "0123456789abcdefABCDEF") {
            return try integer(digits.dropFirst(2), 16, isNegative)
        }
        if digits.hasPrefix("0o"), isOnly(digits.dropFirst(2), "01234567") { return try integer(digits.dropFirst(2), 8, isNegative) }
        if isOnly(digits, "0123456789") {
            if digits.utf8.count > 1, digits.hasPrefix("0") { return nil }
            return try integer(digits, 10, isNegative)
        }
        return try floatingPoint(digits)
    }

    private func isOnly(_ digits: Substring, _ allowed: String) -> Bool { !digits.isEmpty && digits.utf8.allSatisfy(allowed.utf8.contains) }

    private func integer(_ digits: Substring, _ radix: Int, _ isNegative: Bool) throws(Unwritable) -> Value {
        guard let int = Int64((isNegative ? "-" : "") + digits, radix: radix) else {
            throw Unwritable(message: "\(text.quotedForMessage()) does not fit 64 bits; put it in quotes to make it a text")
        }
        return .int(int)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private func floatingPoint(_ digits: Substring) throws(Unwritable) -> Value? {
        let parts = digits.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard (1...2).contains(parts.count) else { return nil }
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(mantissa.count), mantissa.allSatisfy({ $0.isEmpty || isOnly($0, "0123456789") }),
            !mantissa[0].isEmpty || !(mantissa.last ?? "").isEmpty
        else { return nil }
        if parts.count == 2 {
            let exponent = parts[1].hasPrefix("+") || parts[1].hasPrefix("-") ? parts[1].dropFirst() : parts[1]
            guard isOnly(exponent, "0123456789") else { return nil }
        }
        // What Swift reads needs digits on both sides of the point.
        let whole = (mantissa[0].isEmpty ? "0" : mantissa[0]) + (mantissa.count == 2 && !mantissa[1].isEmpty ? "." + mantissa[1] : "")
        let sign = text.hasPrefix("-") ? "-" : ""
        guard let double = Double(sign + whole + (parts.count == 2 ? "e" + parts[1] : "")) else { return nil }
        guard double.isFinite else {
            throw Unwritable(message: "\(text.quotedForMessage()) is too large for a number; put it in quotes to make it a text")
        }
        return .double(double)
    }
}

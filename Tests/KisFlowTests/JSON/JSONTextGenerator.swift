/// Makes JSON texts that are valid and as odd as possible, and breaks them; the same seed gives the same ones.
struct JSONTextGenerator {
    private static let strings = [
        "", "a", "id", "stu_id", "score_1", "a longer text than sixteen bytes", "Café", "日本語", "🐦", "e\u{301}", "\u{7F}", "1", "null",
        "\u{FEFF}", "\u{10FFFF}",
        "12345678", "1234567", "123456789",
    ]
    private static let escapes = [
        #"\""#, #"\\"#, #"\/"#, #"\b"#, #"\f"#, #"\n"#, #"\r"#, #"\t"#, #"\u0000"#, #"\u00e9"#, #"\uD83D\uDE00"#, #"\u20AC"#, #"\uFFFF"#,
    ]
    private static let numbers = [
        "0", "-0", "1", "-1", "9", "10", "255", "-128", "32768", "4294967296", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "0.1", "-0.0", "1.0", "1.50", "3.141592653589793",
        "1e3", "1E+2",
        "12e-1", "1.5e10", "0.0e5", "1e22", "1e23", "9007199254740993", "0.000001", "123.456e-7", "5e-32", "179769313486231570000", "2.5",
    ]
    /// What mistakes are made of.
    private static let fragments = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "0", "-", "+", ".", "e", "true", "nul", " ", "\n", "\t", "//", "'",
        "NaN", "\u{1}", "é",
    ]
    var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(state: seed)
    }

    mutating func value(depth: Int = 3) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: ["null", "true", "false"].randomElement(using: &random) ?? ""
        case 1, 2, 3: number()
        case 4, 5: string()
        case 6: "[\(space())\(list { $0.value(depth: depth - 1) })]"
        default: "{\(space())\(list { "\($0.string())\($0.space()):\($0.space())\($0.value(depth: depth - 1))" })}"
        }
    }

    mutating func number() -> String {
        guard Bool.random(using: &random) else { return Self.numbers.randomElement(using: &random) ?? "" }
        let whole = UInt64.random(in: 0...(UInt64.max >> UInt64.random(in: 0..<64, using: &random)), using: &random)
        let fraction = Bool.random(using: &random) ? ".\(UInt32.random(in: 0...UInt32.max, using: &random))" : ""
        let exponent = Int.random(in: 0..<4, using: &random) == 0 ? "e\(Int.random(in: -40...40, using: &random))" : ""
        return (Bool.random(using: &random) ? "-" : "") + "\(whole)\(fraction)\(exponent)"
    }

    mutating func string() -> String {
        var text = Self.strings.randomElement(using: &random) ?? ""
        if Int.random(in: 0..<3, using: &random) == 0 { text += Self.escapes.randomElement(using: &random) ?? "" }
        if Int.random(in: 0..<3, using: &random) == 0 { text += Self.strings.randomElement(using: &random) ?? "" }
        return "\"\(text)\""
    }

    mutating func space() -> String { ["", "", " ", "\n", "\r\n\t"].randomElement(using: &random) ?? "" }

    /// A text with one to three mistakes, or what looks like them.
    mutating func broken(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes.removeSubrange(place..<min(place + 1, bytes.count))
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 3: bytes.insert(contentsOf: (Self.fragments.randomElement(using: &random) ?? "").utf8, at: place)
            case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.insert(contentsOf: bytes[place..<min(place + 5, bytes.count)], at: place)
            }
        }
        return bytes
    }

    private mutating func list(_ element: (inout JSONTextGenerator) -> String) -> String {
        var elements: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) { elements.append(element(&self) + space()) }
        return elements.joined(separator: ",\(space())")
    }
}

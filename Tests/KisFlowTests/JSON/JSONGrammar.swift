/// The grammar of RFC 8259, written down as plainly as possible: says whether bytes are JSON.
struct JSONGrammar {
    private struct Mistake: Error {}

    private let bytes: [UInt8]
    private var position = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        // A mark at the start may be ignored.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var grammar = JSONGrammar(bytes: text)
        do {
            try grammar.element(512)
            return grammar.position == text.count
        } catch {
            return false
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Character) -> Bool {
        guard next == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ text: String) throws {
        for character in text { guard take(character) else { throw Mistake() } }
    }

    private mutating func space() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func element(_ depth: Int) throws {
        space()
        switch next.map({ Character(Unicode.Scalar($0)) }) {
        case "{": try members(depth)
        case "[": try elements(depth)
        case "\"": try string()
        case "t": try expect("true")
        case "f": try expect("false")
        case "n": try expect("null")
        default: try number()
        }
        space()
    }

    private mutating func members(_ depth: Int) throws {
        guard depth > 0 else { throw Mistake() }
        try expect("{")
        space()
        if take("}") { return }
        repeat {
            space()
            try string()
            space()
            try expect(":")
            try element(depth - 1)
        } while take(",")
        try expect("}")
    }

    private mutating func elements(_ depth: Int) throws {
        guard depth > 0 else { throw Mistake() }
        try expect("[")
        space()
        if take("]") { return }
        repeat { try element(depth - 1) } while take(",")
        try expect("]")
    }

    private mutating func string() throws {
        try expect("\"")
        while !take("\"") {
            guard let byte = next, byte >= 0x20 else { throw Mistake() }
            if take("\\") { try escape() } else { position += 1 }
        }
    }

    private mutating func escape() throws {
        guard take("u") else {
            guard let byte = next, #""\/bfnrt"#.utf8.contains(byte) else { throw Mistake() }
            position += 1
            return
        }
        let first = try hexadecimal()
        guard (0xD800...0xDFFF).contains(first) else { return }
        try expect("\\u")
        guard first < 0xDC00, (0xDC00...0xDFFF).contains(try hexadecimal()) else { throw Mistake() }
    }

    private mutating func hexadecimal() throws -> Int {
        guard position + 4 <= bytes.count else { throw Mistake() }
        let digits = bytes[position..<position + 4]
        position += 4
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
            let value = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Mistake() }
        return value
    }

    private mutating func number() throws {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
    }

    private mutating func digits() throws {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw Mistake() }
    }
}

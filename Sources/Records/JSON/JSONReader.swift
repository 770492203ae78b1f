import BSON

/// Reads JSON text (RFC 8259) as BSON: keys in their order, numbers by how they are written.
struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value of the text.
    mutating func whole() throws(ExtendedJSON.Mistake) -> BSONValue {
        let value = try value()
        skipBlanks()
        guard place == bytes.count else { throw mistake("something follows the end") }
        return value
    }

    private func mistake(_ what: String) -> ExtendedJSON.Mistake { ExtendedJSON.Mistake("byte \(place + 1): \(what)") }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
    }

    /// Takes a byte if it is the next that counts.
    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard next == UInt8(ascii: byte) else { return false }
        place += 1
        return true
    }

    private mutating func value() throws(ExtendedJSON.Mistake) -> BSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(ExtendedJSON.Mistake) in try reader.object(isLiteral: false) }
        case UInt8(ascii: "["): return try nested { reader throws(ExtendedJSON.Mistake) in .array(try reader.elements()) }
        case UInt8(ascii: "\""): return .string(try text())
        case nil: throw mistake("the text ends early")
        default: return try word()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(ExtendedJSON.Mistake) -> BSONValue
    ) throws(ExtendedJSON.Mistake) -> BSONValue {
        guard depth < ExtendedJSON.maximumDepth else {
            throw mistake("values lie in each other deeper than \(ExtendedJSON.maximumDepth) levels")
        }
        depth += 1
        place += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    /// - Parameter isLiteral: whether its keys stand for themselves, special or not.
    private mutating func object(isLiteral: Bool) throws(ExtendedJSON.Mistake) -> BSONValue {
        var members: [(String, BSONValue)] = []
        var keys: Set<String> = []
        if !take("}") {
            repeat {
                skipBlanks()
                guard next == UInt8(ascii: "\"") else { throw mistake("expected a key in quotes") }
                let key = try text()
                guard !key.utf8.contains(0) else { throw mistake("a key has a zero byte") }
                guard keys.insert(key).inserted else { throw mistake("the key '\(key.prefix(60))' is there twice") }
                guard take(":") else { throw mistake("expected ':' after the key '\(key.prefix(60))'") }
                let wraps = key == ExtendedJSON.wrapper && members.isEmpty && !isLiteral
                members.append((key, wraps ? try literal() : try value()))
            } while take(",")
            guard take("}") else { throw mistake("expected ',' or '}'") }
        }
        if !isLiteral, members.count == 1, let meaning = try ExtendedJSON.meaning(of: members[0].0, members[0].1) { return meaning }
        return .document(Document(members))
    }

    /// What stands in a wrapper.
    private mutating func literal() throws(ExtendedJSON.Mistake) -> BSONValue {
        skipBlanks()
        guard next == UInt8(ascii: "{") else { throw mistake("'\(ExtendedJSON.wrapper)' holds no document") }
        let document = try nested { reader throws(ExtendedJSON.Mistake) in try reader.object(isLiteral: true) }
        skipBlanks()
        guard next == UInt8(ascii: "}") else { throw mistake("something stands beside '\(ExtendedJSON.wrapper)'") }
        return document
    }

    private mutating func elements() throws(ExtendedJSON.Mistake) -> [BSONValue] {
        var elements: [BSONValue] = []
        if take("]") { return [] }
        repeat { elements.append(try value()) } while take(",")
        guard take("]") else { throw mistake("expected ',' or ']'") }
        return elements
    }

    // MARK: Words and numbers

    private mutating func word() throws(ExtendedJSON.Mistake) -> BSONValue {
        let start = place
        while let byte = next, !",]} \t\r\n:".utf8.contains(byte) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        guard let number = Self.number(text) else {
            place = start
            throw mistake("'\(text.prefix(40))' is no JSON value")
        }
        return number
    }

    /// An integer by its size, anything else a double.
    private static func number(_ text: String) -> BSONValue? {
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) })
        else { return nil }
        if let number = Int32(text) { return .int32(number) }
        if let number = Int64(text) { return .int64(number) }
        guard text.utf8.contains(where: { ".eE".utf8.contains($0) }), let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    // MARK: Texts

    private mutating func text() throws(ExtendedJSON.Mistake) -> String {
        place += 1
        var content: [UInt8] = []
        while true {
            let start = place
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { place += 1 }
            content += bytes[start..<place]
            guard let byte = next else { throw mistake("a text does not end") }
            place += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else {
                place -= 1
                throw mistake("a text has a control character that is not escaped")
            }
            try appendEscaped(to: &content)
        }
        let text = String(decoding: content, as: UTF8.self)
        // Decoding repairs what is no UTF-8, which would be another text.
        guard text.utf8.elementsEqual(content) else { throw mistake("a text is no UTF-8") }
        return text
    }

    private mutating func appendEscaped(to content: inout [UInt8]) throws(ExtendedJSON.Mistake) {
        guard let byte = next else { throw mistake("a text does not end") }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "u"): content += String(Character(try scalar())).utf8
        default: throw mistake("an unknown escape")
        }
    }

    /// The character of `\uXXXX`, or of a pair of them.
    private mutating func scalar() throws(ExtendedJSON.Mistake) -> Unicode.Scalar {
        let high = try unit()
        guard (0xD800..<0xDC00).contains(high) else {
            guard let scalar = Unicode.Scalar(high) else { throw mistake("half of a surrogate pair") }
            return scalar
        }
        guard next == UInt8(ascii: "\\"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "u") else {
            throw mistake("half of a surrogate pair")
        }
        place += 2
        let low = try unit()
        guard (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) else {
            throw mistake("half of a surrogate pair")
        }
        return scalar
    }

    private mutating func unit() throws(ExtendedJSON.Mistake) -> UInt32 {
        guard place + 4 <= bytes.count, let unit = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16),
            bytes[place] != UInt8(ascii: "+"), bytes[place] != UInt8(ascii: "-")
        else { throw mistake("\\u needs four hexadecimal digits") }
        place += 4
        return unit
    }
}

/// Checks bytes once, on entry, so that all later reading can take their structure for granted.
enum DocumentValidator {
    /// Throws unless `range` of `bytes` is exactly one well-formed document.
    static func validate(_ bytes: [UInt8], in range: Range<Int>, depth: Int = 1) throws(BSONError) {
        guard depth <= Document.maximumDepth else { throw BSONError(reason: .tooDeep, offset: range.lowerBound) }
        var cursor = try ElementCursor(bytes, in: range)
        while let element = try cursor.next() {
            try requireText(bytes, in: element.key)
            try validate(element, in: bytes, depth: depth)
        }
    }

    private static func validate(_ element: RawElement, in bytes: [UInt8], depth: Int) throws(BSONError) {
        let value = element.value
        switch element.type {
        case .document, .array:
            try validate(bytes, in: value, depth: depth + 1)
        case .string, .javascript, .symbol:
            try validateString(bytes, in: value)
        case .dbPointer:
            try validateString(bytes, in: value.lowerBound..<value.upperBound - 12)
        case .bool where bytes[value.lowerBound] > 1:
            throw BSONError(reason: .invalidBool, offset: value.lowerBound)
        case .regex:
            try requireText(bytes, in: value)
        case .codeWithScope:
            try validateCodeWithScope(bytes, in: value, depth: depth)
        default:
            break
        }
    }

    /// A string is its length (with terminator), UTF-8, and a zero byte.
    private static func validateString(_ bytes: [UInt8], in range: Range<Int>) throws(BSONError) {
        guard Int(bytes.int32(at: range.lowerBound)) == range.count - 4 else {
            throw BSONError(reason: .badLength, offset: range.lowerBound)
        }
        guard bytes[range.upperBound - 1] == 0 else {
            throw BSONError(reason: .missingTerminator, offset: range.upperBound - 1)
        }
        try requireText(bytes, in: range.lowerBound + 4..<range.upperBound - 1)
    }

    private static func validateCodeWithScope(_ bytes: [UInt8], in range: Range<Int>, depth: Int) throws(BSONError) {
        let code = range.lowerBound + 4
        let length = Int(bytes.int32(at: code))
        guard length >= 1, length <= range.upperBound - code - 9 else { throw BSONError(reason: .badLength, offset: code) }
        try validateString(bytes, in: code..<code + 4 + length)
        try validate(bytes, in: code + 4 + length..<range.upperBound, depth: depth + 1)
    }

    private static func requireText(_ bytes: [UInt8], in range: Range<Int>) throws(BSONError) {
        let slice = bytes[range]
        if slice.allSatisfy({ $0 < 0x80 }) { return }
        guard String(validating: slice, as: UTF8.self) != nil else {
            throw BSONError(reason: .invalidUTF8, offset: range.lowerBound)
        }
    }
}

extension DecodingPlace: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch value {
        case .bool(let bool): return bool
        case .string(let text):
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: break
            }
        default: break
        }
        throw mismatch("true or false")
    }

    func decode(_ type: String.Type) throws -> String {
        switch value {
        case .string(let text): text
        case .int(let int): String(int)
        case .double(let double): "\(double)"
        case .bool(let bool): bool ? "true" : "false"
        default: throw mismatch("a string")
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .double(let double): return double
        case .int(let int):
            guard let double = Double(exactly: int) else { throw failure("\(int) has more digits than a floating-point number keeps") }
            return double
        case .string(let text):
            guard let double = Double(text), double.isFinite, !text.lowercased().contains("x") else { break }
            return double
        default: break
        }
        throw mismatch("a number")
    }

    func decode(_ type: Float.Type) throws -> Float {
        let double = try decode(Double.self)
        let float = Float(double)
        guard float.isFinite || !double.isFinite else { throw failure("\(double) does not fit a 32-bit floating-point number") }
        return float
    }

    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        let number: Integer?
        switch value {
        case .int(let int): number = Integer(exactly: int)
        case .double(let double):
            guard Int64(exactly: double) != nil else { throw mismatch("an integer") }
            number = Integer(exactly: double)
        case .string(let text):
            guard Int64(text) != nil || UInt64(text) != nil else { throw mismatch("an integer") }
            number = Integer(text)
        default: throw mismatch("an integer")
        }
        guard let number else { throw mismatch("an integer from \(Integer.min) to \(Integer.max)") }
        return number
    }
}

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads values of the tape as Swift's types, with errors that name what was expected and what is there.
extension JSONTape {
    @inline(__always)
    func decode(_ type: Bool.Type, _ number: Int) throws -> Bool {
        switch kind(number) {
        case .true: true
        case .false: false
        default: throw mismatch(type, number)
        }
    }

    @inline(__always)
    func decode(_ type: String.Type, _ number: Int) throws -> String {
        let token = token(number)
        guard token.kind == .string else { throw mismatch(type, number) }
        return string(token)
    }

    @inline(__always)
    func whole<Number: FixedWidthInteger>(_ type: Number.Type, _ number: Int) throws -> Number {
        let token = token(number)
        guard token.kind == .number else { throw mismatch(type, number) }
        guard let value = integer(token, as: type) else { throw unfit(type, number) }
        return value
    }

    @inline(__always)
    func decode(_ type: Double.Type, _ number: Int) throws -> Double {
        let token = token(number)
        guard token.kind == .number else { throw mismatch(type, number) }
        guard let value = double(token) else { throw unfit(type, number) }
        return value
    }

    @inline(__always)
    func decode(_ type: Float.Type, _ number: Int) throws -> Float {
        let token = token(number)
        guard token.kind == .number else { throw mismatch(type, number) }
        guard let value = float(token) else { throw unfit(type, number) }
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ number: Int) throws -> Value {
        if type == [String: FieldValue].self, let value = try fields(of: number) as? Value { return value }
        if type == FieldValue.self, let value = try fieldValue(number) as? Value { return value }
        if type == Date.self, let value = Date(timeIntervalSinceReferenceDate: try decode(Double.self, number)) as? Value { return value }
        if type == Data.self, let value = try data(number) as? Value { return value }
        if type == URL.self, let value = try url(number) as? Value { return value }
        if type == Decimal.self, let value = try decimal(number) as? Value { return value }
        return try Value(from: JSONValueDecoder(tape: self, number: number))
    }

    private func data(_ number: Int) throws -> Data {
        if let data = Data(base64Encoded: try decode(String.self, number)) { return data }
        throw corrupted(number, "the text is not Base64")
    }

    private func url(_ number: Int) throws -> URL {
        if let url = URL(string: try decode(String.self, number)) { return url }
        throw corrupted(number, "the text is no URL")
    }

    private func decimal(_ number: Int) throws -> Decimal {
        let token = token(number)
        guard token.kind == .number else { throw mismatch(Decimal.self, number) }
        guard let value = Decimal(string: string(token)) else { throw unfit(Decimal.self, number) }
        return value
    }

    func fieldValue(_ number: Int) throws -> FieldValue {
        let token = token(number)
        switch token.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .string: return .string(string(token))
        case .number:
            if let value = integer(token, as: Int.self) { return .int(value) }
            return .double(try decode(Double.self, number))
        case .array: return .array(try elements(number))
        case .object: return .object(try fields(number))
        }
    }

    private func elements(_ number: Int) throws -> [FieldValue] {
        var elements: [FieldValue] = []
        var place = number + 1
        while place < after(number) {
            elements.append(try fieldValue(place))
            place = after(place)
        }
        return elements
    }

    private func fields(of number: Int) throws -> [String: FieldValue] {
        guard kind(number) == .object else { throw mismatch([String: Any].self, number) }
        return try fields(number)
    }

    private func fields(_ number: Int) throws -> [String: FieldValue] {
        var fields: [String: FieldValue] = [:]
        var place = number + 1
        while place < after(number) {
            let key = string(token(place))
            if fields[key] == nil { fields[key] = try fieldValue(place + 1) }
            place = after(place + 1)
        }
        return fields
    }

    // MARK: - Errors

    @inline(never)
    func mismatch(_ type: Any.Type, _ number: Int) -> DecodingError {
        let path = path(to: number)
        guard kind(number) != .null else { return .valueNotFound(type, .init(codingPath: path, debugDescription: "null found")) }
        return .typeMismatch(type, .init(codingPath: path, debugDescription: "\(name(of: kind(number))) found"))
    }

    @inline(never)
    private func unfit(_ type: Any.Type, _ number: Int) -> DecodingError {
        corrupted(number, "\(String(string(token(number)).prefix(80))) does not fit into \(type)")
    }

    func corrupted(_ number: Int, _ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: path(to: number), debugDescription: text))
    }

    private func name(of kind: JSONToken.Kind) -> String {
        switch kind {
        case .null: "null"
        case .true, .false: "a boolean"
        case .number: "a number"
        case .string: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

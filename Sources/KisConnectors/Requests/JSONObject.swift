import Foundation
import KisFlow

/// The fields of a JSON object, each as the text that it has there, so that no number loses a digit.
struct JSONObject {
    private(set) var fields: [(name: String, value: ArraySlice<UInt8>)] = []

    /// - Returns: `nil` for a text that is no object.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        var scan = JSONScan(bytes)
        guard scan.take(UInt8(ascii: "{")) else { return nil }
        if scan.take(UInt8(ascii: "}")) { return }
        repeat {
            guard let key = scan.value(), let name = Self.string(bytes[key]), scan.take(UInt8(ascii: ":")), let value = scan.value() else {
                return nil
            }
            fields.append((name, bytes[value]))
        } while scan.take(UInt8(ascii: ","))
        guard scan.take(UInt8(ascii: "}")) else { return nil }
    }

    /// The elements of a JSON list, each as the text that it has there; `nil` for a text that is no list.
    static func elements(_ bytes: some Collection<UInt8>) -> [ArraySlice<UInt8>]? {
        let bytes = Array(bytes)
        var scan = JSONScan(bytes)
        guard scan.take(UInt8(ascii: "[")) else { return nil }
        var elements: [ArraySlice<UInt8>] = []
        if scan.take(UInt8(ascii: "]")) { return elements }
        repeat {
            guard let element = scan.value() else { return nil }
            elements.append(bytes[element])
        } while scan.take(UInt8(ascii: ","))
        return scan.take(UInt8(ascii: "]")) ? elements : nil
    }

    subscript(_ name: String) -> ArraySlice<UInt8>? {
        fields.last { $0.name == name }?.value
    }

    /// The JSON text of a field, or of one inside of it: `address.city`.
    func value(at path: String) -> ArraySlice<UInt8>? {
        if let value = self[path] { return value }
        guard let dot = path.firstIndex(of: "."), let outer = self[String(path[..<dot])] else { return nil }
        return JSONObject(outer)?.value(at: String(path[path.index(after: dot)...]))
    }

    /// A string, number or truth value as people write it; `nil` for null, lists and objects.
    static func text(_ value: ArraySlice<UInt8>) -> String? {
        switch value.first {
        case UInt8(ascii: "\""): string(value)
        case nil, UInt8(ascii: "n"), UInt8(ascii: "{"), UInt8(ascii: "["): nil
        default: String(decoding: value, as: UTF8.self)
        }
    }

    /// The string that a JSON text stands for.
    static func string(_ json: ArraySlice<UInt8>) -> String? {
        guard json.first == UInt8(ascii: "\""), json.count >= 2 else { return nil }
        if !json.contains(UInt8(ascii: "\\")) { return String(validating: json.dropFirst().dropLast(), as: UTF8.self) }
        guard case .string(let text)? = try? RowCodec().row(FieldValue.self, from: Data(json)) else { return nil }
        return text
    }

    /// A text as JSON.
    static func quoted(_ text: String) throws -> [UInt8] {
        [UInt8](try RowCodec().bytes(of: FieldValue.string(text)))
    }

    /// Whether a text is JSON in itself.
    static func isJSON(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first, first <= 0x20 || "\"{[-0123456789tfn".utf8.contains(first) else { return false }
        return (try? RowCodec().row(FieldValue.self, from: Data(text))) != nil
    }
}

/// Finds where the values of a JSON text start and end, without looking at what they are.
private struct JSONScan {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func value() -> Range<Int>? {
        skipSpace()
        let start = position
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard skipString() else { return nil }
                if depth == 0 { return start..<position }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return start < position ? start..<position : nil }
                depth -= 1
                position += 1
                if depth == 0 { return start..<position }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return start < position ? start..<position : nil }
                position += 1
            default: position += 1
            }
        }
        return nil
    }

    private mutating func skipString() -> Bool {
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return false
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}

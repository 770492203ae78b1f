#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JSONDraft {
    /// Encodes a value into a node.
    ///
    /// - Throws: what the value throws, after which the node is left out.
    func encode<Value: Encodable>(_ value: Value, into node: Int) throws {
        do {
            if try !encodeDirectly(value, into: node) { try value.encode(to: JSONValueEncoder(draft: self, node: node)) }
        } catch {
            mark(node, .dropped)
            throw error
        }
    }

    /// What is written otherwise than it encodes itself, after the defaults of Foundation's encoder, and what is written faster.
    private func encodeDirectly<Value: Encodable>(_ value: Value, into node: Int) throws -> Bool {
        let type = Value.self
        if type == FieldValue.self, let value = value as? FieldValue {
            try encodeField(value, into: node)
        } else if type == [String: FieldValue].self, let fields = value as? [String: FieldValue] {
            try encodeFields(fields, into: node)
        } else if type == Date.self, let date = value as? Date {
            try number(date.timeIntervalSinceReferenceDate, into: node)
        } else if type == Data.self, let data = value as? Data {
            scalar(node) { $0.appendJSON(data.base64EncodedString()) }
        } else if type == URL.self, let url = value as? URL {
            scalar(node) { $0.appendJSON(url.absoluteString) }
        } else if type == Decimal.self, let decimal = value as? Decimal {
            try self.decimal(decimal, into: node)
        } else {
            return false
        }
        return true
    }

    private func encodeField(_ value: FieldValue, into node: Int) throws {
        switch value {
        case .null: null(node)
        case .bool(let value): scalar(node) { $0.appendJSON(value) }
        case .int(let value): scalar(node) { $0.appendJSON(value) }
        case .double(let value): try number(value, into: node)
        case .string(let value): scalar(node) { $0.appendJSON(value) }
        case .array(let elements):
            mark(node, .array)
            for element in elements { try encode(element, into: add(to: node)) }
        case .object(let fields): try encodeFields(fields, into: node)
        }
    }

    private func encodeFields(_ fields: [String: FieldValue], into node: Int) throws {
        mark(node, .object)
        for (key, value) in fields { try encode(value, into: add(to: node, key: key)) }
    }

    func null(_ node: Int) {
        scalar(node) { $0.append("null") }
    }

    func number<Number: BinaryFloatingPoint & CustomStringConvertible>(_ value: Number, into node: Int) throws {
        guard value.isFinite else { throw invalid(value, node) }
        scalar(node) { $0.appendJSON(value) }
    }

    private func decimal(_ value: Decimal, into node: Int) throws {
        guard value.isFinite else { throw invalid(value, node) }
        var text = value.description
        text.withUTF8 { text in scalar(node) { $0.append(text) } }
    }

    private func invalid(_ value: Any, _ node: Int) -> EncodingError {
        mark(node, .dropped)
        return .invalidValue(value, .init(codingPath: path(to: node), debugDescription: "JSON has no number \(value)"))
    }
}

package import BSON
package import Workflow

extension BSONValue {
    /// A workflow value as BSON. A NUL in an object's key, which BSON cannot hold, becomes the symbol for it (U+2400).
    package init(_ value: Workflow.Value) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .int(let int): self = .int64(int)
        case .double(let double): self = .double(double)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .array(elements.map(BSONValue.init))
        case .object(let members): self = .document(Document(members))
        }
    }
}

extension Document {
    package init(_ members: [String: Workflow.Value]) {
        if members.isEmpty {
            self.init()
        } else {
            self.init(members.sorted { $0.key < $1.key }.map { ($0.key.withoutNUL, BSONValue($0.value)) })
        }
    }
}

extension [String: String] {
    /// The members in order of their keys, as they are written.
    package var inOrder: [(key: String, value: String)] {
        isEmpty ? [] : sorted { $0.key < $1.key }.map { ($0.key.withoutNUL, $0.value) }
    }
}

extension String {
    package var withoutNUL: String {
        var text = self
        return text.withUTF8 { $0.contains(0) } ? String(map { $0 == "\0" ? "\u{2400}" : $0 }) : self
    }
}

extension Value {
    /// BSON as a workflow value; types that JSON does not have become their text.
    package init(_ bson: BSONValue) {
        switch bson {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .int32(let int): self = .int(Int64(int))
        case .int64(let int): self = .int(int)
        case .double(let double): self = .double(double)
        case .string(let text): self = .string(text)
        case .document(let document): self = .object(document.values)
        default:
            if let elements = bson.arrayValue {
                self = .array(elements.map(Value.init))
            } else {
                self = .string("\(bson)")
            }
        }
    }
}

extension Document {
    /// The members as workflow values.
    package var values: [String: Workflow.Value] {
        var members: [String: Workflow.Value] = [:]
        for (key, value) in self { members[key] = Workflow.Value(value) }
        return members
    }
}

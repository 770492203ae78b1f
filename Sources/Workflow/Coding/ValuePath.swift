/// The way from a root to a place inside a `Value`, as people write it: `params.files[2].name`.
public struct ValuePath: Hashable, Sendable {
    /// What the path starts at, for example `params`.
    public var root: String
    /// The steps below the root.
    public var steps: [Step]

    public init(_ root: String, _ steps: [Step] = []) {
        self.root = root
        self.steps = steps
    }

    /// One step down.
    public enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    /// The path of a member of the object at this path.
    public func appending(key: String) -> ValuePath { ValuePath(root, steps + [.key(key)]) }

    /// The path of an element of the array at this path.
    public func appending(index: Int) -> ValuePath { ValuePath(root, steps + [.index(index)]) }
}

extension ValuePath: CustomStringConvertible {
    public var description: String {
        steps.reduce(into: root) { text, step in
            switch step {
            case .key(let key) where key.isPlainKey: text += text.isEmpty ? key : ".\(key)"
            case .key(let key): text += "[\(key.quotedForMessage())]"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

extension String {
    /// Whether the text can stand in a path without quotes.
    fileprivate var isPlainKey: Bool {
        !isEmpty && utf8.count <= 200
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
                    true
                default: false
                }
            }
    }

    /// The text in double quotes on one line, cut after `limit` characters: for messages about input of any size.
    func quotedForMessage(limit: Int = 80) -> String {
        var text = "\""
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case let control where control.properties.generalCategory == .control: text += "\\u{\(String(control.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + (unicodeScalars.dropFirst(limit).isEmpty ? "\"" : "…\"")
    }
}

extension Value {
    /// This value for messages: its kind, and what it is where that is short.
    var found: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "the boolean \(bool)"
        case .int(let int): "the integer \(int)"
        case .double(let double): "the number \(double)"
        case .string(let text): "the string \(text.quotedForMessage())"
        case .array(let elements): "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}

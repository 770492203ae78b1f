/// What a Redis server answers (RESP2).
enum RESPValue: Sendable, Equatable {
    case text(String)
    case error(String)
    case number(Int)
    case bytes([UInt8])
    /// A value that is not there.
    case null
    case array([RESPValue])

    var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        default: nil
        }
    }

    var items: [RESPValue] {
        if case .array(let items) = self { items } else { [] }
    }

    /// The first error in it.
    var failure: String? {
        switch self {
        case .error(let text): text
        case .array(let items): items.lazy.compactMap(\.failure).first
        default: nil
        }
    }
}

import Workflow

/// How `command` of a `shell` task can be written.
public enum ShellCommand: Codable, Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    /// For `/bin/sh -c`.
    case line(String)
    /// A program and its arguments.
    case arguments([String])

    public init(stringLiteral value: String) { self = .line(value) }
    public init(arrayLiteral elements: String...) { self = .arguments(elements) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch try container.decode(Value.self) {
        case .array(let elements): self = .arguments(try elements.map { try Self.argument($0, in: container) })
        case let value: self = .line(try Self.argument(value, in: container))
        }
    }

    private static func argument(_ value: Value, in container: any SingleValueDecodingContainer) throws -> String {
        switch value {
        case .string(let text): return text
        case .int, .double, .bool: return value.compactJSON
        case .null, .array, .object:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a text, or a list of texts, but there is \(value.kindName)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .line(let text): try container.encode(text)
        case .arguments(let arguments): try container.encode(arguments)
        }
    }
}

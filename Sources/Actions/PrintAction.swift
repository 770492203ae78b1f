public import Engine
import Logging
public import Workflow

/// `print`: writes its parameters to the trace and to the node's log.
///
/// `message` comes first and as it is; every other parameter follows as `name: value`, in order of names. The output is the message, or all
/// the parameters where there is no message.
public struct PrintAction: Action {
    public static let name = "print"

    /// Whatever the task gives.
    public struct Parameters: Codable, Sendable {
        public var values: [String: Value]

        public init(_ values: [String: Value]) { self.values = values }

        public init(from decoder: any Decoder) throws {
            values = try decoder.singleValueContainer().decode([String: Value].self)
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(values)
        }
    }

    public init() {}

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        guard !parameters.values.isEmpty else { throw ActionError("params: nothing to print; give a 'message'") }
        let text = Self.text(of: parameters.values)
        await context.trace(text)
        context.logger.info("\(text)")
        try context.setOutput(parameters.values["message"] ?? .object(parameters.values))
    }

    static func text(of values: [String: Value]) -> String {
        let message = values["message"].map { [$0.plainText] } ?? []
        let others = values.filter { $0.key != "message" }.sorted { $0.key < $1.key }
        return (message + others.map { "\($0.key): \($0.value.plainText)" }).joined(separator: "\n")
    }
}

extension Value {
    /// A string as it is, all else as JSON.
    var plainText: String { stringValue ?? compactJSON }
}

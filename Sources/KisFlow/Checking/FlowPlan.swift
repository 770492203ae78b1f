/// A flow as it is configured, with everything that it names put together: for people who look at it. No passwords.
public struct FlowPlan: Sendable, Encodable {
    /// A connector.
    public struct Store: Sendable, Encodable {
        public let connector: String
        public let type: String
        /// Address and key.
        public let place: String
    }

    /// A place in the flow.
    public struct Function: Sendable, Encodable {
        public let name: String
        /// `nil` when no definition is there.
        public let mode: String?
        public let type: String?
        public let command: [String]
        public let must: [String]
        public let connector: Store?
        /// `fail`, `skip`, `retry` or `dead_letter`.
        public let onError: String
        public let deadLetters: Store?
        public let retryTimes: Int
        /// Milliseconds.
        public let retryDuration: Int
        public let maxErrorRatio: Double?
        /// Default parameters with the flow's on top.
        public let params: [String: String]
    }

    public let name: String
    public let isEnabled: Bool
    public let source: Store?
    public let functions: [Function]
    public let batchRows: Int
    public let parallelism: Int
    public let isOrdered: Bool
}

extension FlowCheck {
    /// The flows, sorted by name.
    public var plans: [FlowPlan] { read.flows.map(plan) }

    private func plan(_ flow: FlowDefinition) -> FlowPlan {
        FlowPlan(
            name: flow.name, isEnabled: flow.isEnabled, source: flow.source.map(store), functions: flow.steps.map(function),
            batchRows: flow.batch.maxRows, parallelism: flow.parallelism, isOrdered: flow.isOrdered)
    }

    private func function(_ step: FlowDefinition.Step) -> FlowPlan.Function {
        guard let definition = read.functions.first(where: { $0.name == step.function }) else {
            return FlowPlan.Function(
                name: step.function, mode: nil, type: nil, command: [], must: [], connector: nil, onError: "fail", deadLetters: nil,
                retryTimes: 0, retryDuration: 0, maxErrorRatio: nil, params: Self.withoutSecrets(step.params))
        }
        let (policy, letters) = definition.onError.words
        return FlowPlan.Function(
            name: definition.name, mode: definition.mode.rawValue, type: definition.type,
            command: definition.command.map(Self.withoutCredentials),
            must: definition.mode == .verify ? definition.source.must : [], connector: definition.connector.map(store), onError: policy,
            deadLetters: letters.map(store), retryTimes: definition.retryTimes, retryDuration: definition.retryDuration,
            maxErrorRatio: definition.maxErrorRatio,
            params: Self.withoutSecrets(definition.defaultParams.merging(step.params) { _, flow in flow }))
    }

    private func store(_ name: String) -> FlowPlan.Store {
        let definition = read.connectors.first { $0.name == name }
        let place = [definition?.address ?? "", definition?.key ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return FlowPlan.Store(connector: name, type: definition?.type ?? "", place: Self.withoutCredentials(place))
    }

    /// What stands between `://` and `@` may be a password.
    private static func withoutCredentials(_ text: String) -> String {
        text.replacing(/:\/\/[^\s\/]*@/, with: "://***@")
    }

    private static func withoutSecrets(_ params: [String: String]) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: params.map { name, value in
                let isSecret = ["password", "secret", "token", "api_key", "apikey", "env."].contains { name.lowercased().contains($0) }
                return (name, isSecret ? "***" : withoutCredentials(value))
            })
    }
}

extension ErrorRowPolicy {
    fileprivate var words: (policy: String, letters: String?) {
        switch self {
        case .fail: ("fail", nil)
        case .skip: ("skip", nil)
        case .retry: ("retry", nil)
        case .deadLetter(let connector): ("dead_letter", connector)
        }
    }
}

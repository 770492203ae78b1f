/// One function as configured. The code is registered in a ``FlowRegistry``, under the same name or for the function's type.
public struct FunctionDefinition: Sendable, Hashable {
    /// Where a function's rows come from.
    public struct Source: Sendable, Hashable {
        public var name: String
        /// Fields that each row must have. A Verify function never sees a row that lacks one: it is rejected and counted.
        public var must: [String]

        public init(name: String = "", must: [String] = []) {
            self.name = name
            self.must = must
        }
    }

    public var name: String
    public var mode: FunctionMode
    /// The kind of code, such as `exec`, when it is not code registered under the function's name.
    public var type: String?
    /// What a function of this type runs: a program and its arguments.
    public var command: [String]
    public var source: Source
    /// The name of the connector that the function loads from or saves to.
    public var connector: String?
    /// How often the function is tried again after it threw, or with the rows that it reported. Rows that do not decode are not tried again.
    public var retryTimes: Int
    /// The pause before each new try, in milliseconds.
    public var retryDuration: Int
    public var defaultParams: [String: String]
    public var onError: ErrorRowPolicy
    /// The run fails when more of the function's rows than this, from 0 to 1, are error rows or rejected: from the 1,000th row on, and at the end.
    public var maxErrorRatio: Double?

    public init(
        name: String, mode: FunctionMode, type: String? = nil, command: [String] = [], source: Source = Source(), connector: String? = nil,
        retryTimes: Int = 0, retryDuration: Int = 0, defaultParams: [String: String] = [:], onError: ErrorRowPolicy = .fail,
        maxErrorRatio: Double? = nil
    ) {
        self.name = name
        self.mode = mode
        self.type = type
        self.command = command
        self.maxErrorRatio = maxErrorRatio
        self.source = source
        self.connector = connector
        self.retryTimes = retryTimes
        self.retryDuration = retryDuration
        self.defaultParams = defaultParams
        self.onError = onError
    }

    /// The names of the connectors that the function needs.
    var connectors: [String] {
        guard case .deadLetter(let letters) = onError else { return connector.map { [$0] } ?? [] }
        return (connector.map { [$0] } ?? []) + [letters]
    }
}

/// What happens to a row that does not decode to the type that a function takes.
public enum ErrorRowPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// The first such row fails the function, with the row's number, field and text in the error.
    case fail
    /// Such rows are left out and counted in the result, with their reasons.
    case skip
}

/// One function as configured. The code is registered under the same name in a ``FlowRegistry``.
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
    public var source: Source
    /// The name of the connector that the function loads from or saves to.
    public var connector: String?
    /// How often the function is tried again after it threw. Rows that do not decode are not tried again.
    public var retryTimes: Int
    /// The pause before each new try, in milliseconds.
    public var retryDuration: Int
    public var defaultParams: [String: String]
    public var onError: ErrorRowPolicy

    public init(
        name: String, mode: FunctionMode, source: Source = Source(), connector: String? = nil, retryTimes: Int = 0,
        retryDuration: Int = 0, defaultParams: [String: String] = [:], onError: ErrorRowPolicy = .fail
    ) {
        self.name = name
        self.mode = mode
        self.source = source
        self.connector = connector
        self.retryTimes = retryTimes
        self.retryDuration = retryDuration
        self.defaultParams = defaultParams
        self.onError = onError
    }
}

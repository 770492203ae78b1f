/// How one attempt of a task ended.
public struct TaskOutcome: Sendable, Hashable {
    public var result: Result
    /// What the action left for later tasks.
    public var output: Value?
    /// What the attempt did to the run's share data, in order; the machine gives each change its place in the run.
    public var shareData: [ShareDataEdit]

    public init(_ result: Result, output: Value? = nil, shareData: [ShareDataEdit] = []) {
        self.result = result
        self.output = output
        self.shareData = shareData
    }

    public enum Result: Sendable, Hashable {
        case success
        /// The action threw or took too long; the text says what.
        case failed(reason: String)
        case canceled(reason: String)
    }
}

/// A change of share data before it has its place among the changes of the run.
public struct ShareDataEdit: Sendable, Hashable {
    public var key: String
    /// The new value; `nil` removes the key.
    public var value: String?

    public init(key: String, value: String?) {
        self.key = key
        self.value = value
    }
}

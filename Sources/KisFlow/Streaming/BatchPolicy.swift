/// When rows of a stream are taken together and go through the flow. The first bound that is reached counts.
public struct BatchPolicy: Sendable, Hashable {
    /// At least 1.
    public var maxRows: Int
    /// How many bytes of rows a batch holds, counted for rows that are texts or bytes, else by the size of the type; no bound when `nil`.
    public var maxBytes: Int?
    /// How long the first row of a batch waits for others; for ever when `nil`.
    public var maxDelay: Duration?

    public init(maxRows: Int = 1_000, maxBytes: Int? = nil, maxDelay: Duration? = nil) {
        self.maxRows = max(1, maxRows)
        self.maxBytes = maxBytes.map { max(1, $0) }
        self.maxDelay = maxDelay
    }
}

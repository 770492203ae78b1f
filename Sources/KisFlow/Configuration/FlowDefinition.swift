/// One flow as configured: which functions, in which order, each with parameters of its own.
public struct FlowDefinition: Sendable, Hashable {
    /// One place in a flow. The same function may stand at several places, with other parameters at each.
    public struct Step: Sendable, Hashable {
        public var function: String
        /// Added to the function's default parameters; the same key here wins.
        public var params: [String: String]

        public init(_ function: String, params: [String: String] = [:]) {
            self.function = function
            self.params = params
        }
    }

    public var name: String
    /// A flow that is not enabled (`status: 0`) stays known; running it does nothing and says so in its result.
    public var isEnabled: Bool
    public var steps: [Step]
    /// The connector whose rows are streamed through the flow when a run is given no rows.
    public var source: String?
    /// How the rows of a stream are taken together.
    public var batch: BatchPolicy
    /// How many batches of a stream may be under way at once; at least 1.
    public var parallelism: Int
    /// Whether batches reach functions that save or fold, and the result, in the order of the stream.
    public var isOrdered: Bool

    public init(
        name: String, isEnabled: Bool = true, steps: [Step], source: String? = nil, batch: BatchPolicy = BatchPolicy(),
        parallelism: Int = 1,
        isOrdered: Bool = true
    ) {
        self.name = name
        self.isEnabled = isEnabled
        self.steps = steps
        self.source = source
        self.batch = batch
        self.parallelism = parallelism
        self.isOrdered = isOrdered
    }
}

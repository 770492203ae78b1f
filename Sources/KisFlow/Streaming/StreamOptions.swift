/// How a stream goes through a flow, where it is not as the flow's definition says.
public struct StreamOptions: Sendable {
    /// How rows are taken together.
    public var batch: BatchPolicy?
    /// How many batches may be under way at once; at least 1.
    public var parallelism: Int?
    /// Whether batches reach functions that save or fold, and the output, in the order of the stream. Always so with checkpoints.
    public var isOrdered: Bool?
    public var checkpoints: Checkpoints?

    public init(batch: BatchPolicy? = nil, parallelism: Int? = nil, isOrdered: Bool? = nil, checkpoints: Checkpoints? = nil) {
        self.batch = batch
        self.parallelism = parallelism.map { max(1, $0) }
        self.isOrdered = isOrdered
        self.checkpoints = checkpoints
    }

    func parallelism(_ flow: FlowDefinition) -> Int { parallelism ?? flow.parallelism }

    /// A checkpoint speaks of all batches before it, so they must be done in order.
    func isOrdered(_ flow: FlowDefinition) -> Bool {
        checkpoints != nil || parallelism(flow) == 1 || isOrdered ?? flow.isOrdered
    }

    /// Keeps how far a stream has come, so that a later run can go on from there.
    public struct Checkpoints: Sendable {
        /// Where an earlier attempt came to. One that was made by another flow, or with other parameters, is an error: ``FlowError/Kind/checkpoint``.
        public var resume: FlowCheckpoint?
        /// At most one checkpoint is kept in this time.
        public var interval: Duration
        /// Keeps a checkpoint; the stream waits for it.
        public var keep: @Sendable (FlowCheckpoint) async throws -> Void

        public init(
            resume: FlowCheckpoint? = nil, interval: Duration = .milliseconds(500),
            keep: @escaping @Sendable (FlowCheckpoint) async throws -> Void
        ) {
            self.resume = resume
            self.interval = interval
            self.keep = keep
        }
    }
}

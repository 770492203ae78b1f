/// A store outside the flow that rows are loaded from and saved to. One value serves all runs at once.
///
/// It is made once for each connector of a configuration and should connect when it is first used, so that a store that is down makes a run fail and
/// not a process. Errors should be ``FlowError`` of kind `connector`, naming the thing that could not be reached or read, and never a secret.
public protocol Connector: Sendable {
    /// Reads rows and hands them over in batches of bounded size, in the store's order. A batch is handed over after the one before it was taken.
    ///
    /// With ``ConnectorRequest/resume`` it starts behind the batch that carried this position.
    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws

    /// Stores rows. Saving the same rows again leaves the store as saving them once.
    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws

    /// Opens a way to store the rows of many batches as one whole. By default every batch is saved on its own, which is right for stores that rows are
    /// added to or put by key.
    func writer(_ request: ConnectorRequest) async throws -> any ConnectorWriter

    /// Gives back what the connector holds open. Called once, after the last run.
    func close() async
}

extension Connector {
    public func writer(_ request: ConnectorRequest) async throws -> any ConnectorWriter {
        BatchwiseWriter(connector: self, request: request)
    }

    public func close() async {}
}

/// Some rows that were read together.
public struct RowBatch<Row: Sendable>: Sendable {
    public var rows: [Row]
    /// Rows that do not decode.
    public var bad: [BadRow]
    /// Where reading goes on after this batch, in the connector's own terms; `nil` when it cannot start in the middle.
    public var position: FieldValue?

    public init(rows: [Row], bad: [BadRow] = [], position: FieldValue? = nil) {
        self.rows = rows
        self.bad = bad
        self.position = position
    }
}

/// Who asks a connector, and with which parameters.
public struct ConnectorRequest: Sendable {
    public var connector: ConnectorDefinition
    public var flow: String
    public var function: String
    public var mode: FunctionMode
    /// The function's parameters in this run; they win over those of the connector.
    public var params: [String: String]
    /// Where an earlier attempt came to: for ``Connector/load(_:_:_:)`` the position of the last batch that was done, for
    /// ``Connector/writer(_:)`` what ``ConnectorWriter/commit(durable:)`` returned; `nil` starts at the beginning.
    public var resume: FieldValue?
    /// How large the batches that are handed over should be; a connector may have a parameter that says otherwise.
    public var batch: BatchPolicy

    public init(
        connector: ConnectorDefinition, flow: String, function: String, mode: FunctionMode, params: [String: String],
        resume: FieldValue? = nil, batch: BatchPolicy = BatchPolicy()
    ) {
        self.connector = connector
        self.flow = flow
        self.function = function
        self.mode = mode
        self.params = params
        self.resume = resume
        self.batch = batch
    }
}

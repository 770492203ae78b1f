/// A store outside the flow that rows are loaded from and saved to. One value serves all runs at once.
///
/// It is made once for each connector of a configuration and should connect when it is first used, so that a store that is down makes a run fail and
/// not a process. Errors should be ``FlowError`` of kind `connector`, naming the thing that could not be reached or read.
public protocol Connector: Sendable {
    /// Reads rows and hands them over in batches of bounded size, in the store's order. A batch is handed over after the one before it was taken.
    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws

    /// Stores rows. Saving the same rows again leaves the store as saving them once.
    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws
}

/// Some rows that were read together.
public struct RowBatch<Row: Sendable>: Sendable {
    public var rows: [Row]
    /// Rows that do not decode.
    public var bad: [BadRow]

    public init(rows: [Row], bad: [BadRow] = []) {
        self.rows = rows
        self.bad = bad
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

    public init(connector: ConnectorDefinition, flow: String, function: String, mode: FunctionMode, params: [String: String]) {
        self.connector = connector
        self.flow = flow
        self.function = function
        self.mode = mode
        self.params = params
    }
}

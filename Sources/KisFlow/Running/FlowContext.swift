public import Logging
import Synchronization

/// What a function sees of the run it is part of. Each call of a function, and each new try, has its own.
public final class FlowContext: Sendable {
    private struct State {
        var buffer = RowBuffer()
        var counters: [String: Int] = [:]
        var failed = RowTally()
    }

    public let flow: String
    public let runID: String
    /// The definition of the function that runs.
    public let function: FunctionDefinition
    /// The function's place in the flow, counted from 0.
    public let step: Int
    /// Counted from 1; grows when the function is tried again.
    public let attempt: Int
    /// The function's default parameters, under those of the flow, under those of the run.
    public let params: [String: String]
    /// Shared by all functions of the run.
    public let cache: FlowCache
    /// Names flow, run and function in its metadata.
    public let logger: Logger
    private let input: FlowRows
    private let built: BuiltConnector?
    private let observer: FlowObserver
    private let state = Mutex(State())

    init(_ run: FlowRun, step: Int, attempt: Int, input: FlowRows) {
        let place = run.flow.steps[step]
        flow = run.flow.name
        runID = run.id
        function = place.definition
        self.step = step
        self.attempt = attempt
        params = place.params.merging(run.params) { _, run in run }
        cache = run.cache
        var logger = run.logger
        logger[metadataKey: "function"] = "\(place.definition.name)"
        self.logger = logger
        self.input = input
        built = place.connector
        observer = run.observer
    }

    /// How many rows came in.
    public var rowCount: Int { input.count }

    /// The rows that came in, as another type than the function declares.
    ///
    /// - Throws: ``FlowError`` of kind `badRow`.
    public func rows<Row: Codable & Sendable>(as type: Row.Type) throws -> [Row] {
        try input.values(as: type)
    }

    /// Gives a row to the next function. If this call of the function throws, all that it committed is dropped.
    public func commit<Row: Codable & Sendable>(_ row: Row) {
        state.withLock { $0.buffer.append(row) }
    }

    /// Gives rows to the next function.
    public func commit<Row: Codable & Sendable>(contentsOf rows: [Row]) {
        state.withLock { $0.buffer.append(contentsOf: rows) }
    }

    /// Adds to a counter with a name; it appears in the function's report and in the result.
    public func count(_ name: String, _ number: Int = 1) {
        state.withLock { $0.counters[name, default: 0] += number }
    }

    /// Tells whoever observes the run.
    public func trace(_ text: String) {
        observer(.message(function: function.name, text: text))
    }

    /// A parameter that must be there.
    ///
    /// - Throws: ``FlowError`` of kind `parameter` when it is missing or empty.
    public func param(_ name: String) throws -> String {
        if let value = params[name], !value.isEmpty { return value }
        throw FlowError(
            .parameter, "parameter \"\(name)\" is missing; set it in the run's params, the flow's params or the function's default_params")
    }

    /// The connector that the function is bound to by `cname`.
    ///
    /// - Throws: ``FlowError`` of kind `connector` when it is bound to none.
    public var connector: BoundConnector {
        get throws {
            guard let built else { throw FlowError(.connector, "the function has no connector; name one under option.cname") }
            let request = ConnectorRequest(
                connector: built.definition, flow: flow, function: function.name, mode: function.mode, params: params)
            return BoundConnector(connector: built.connector, request: request, context: self)
        }
    }

    /// Counts a row that a connector could not read.
    func noteFailed(_ row: BadRow) {
        state.withLock { $0.failed.add(row) }
    }

    /// What this call of the function brought.
    func finish() -> (committed: FlowRows, counters: [String: Int], failed: RowTally) {
        state.withLock { ($0.buffer.finish(), $0.counters, $0.failed) }
    }
}

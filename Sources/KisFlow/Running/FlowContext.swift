public import Logging
public import Synchronization

/// What a function sees of the run it is part of. Each call of a function, and each new try, has its own.
public final class FlowContext: Sendable {
    /// A row that the function reported.
    struct Report {
        let number: Int
        let kind: LeftRows.Kind
        let reason: String
    }

    /// What a call of the function brought.
    struct Yield {
        var committed = FlowRows()
        var counters: [String: Int] = [:]
        var reports: [Report] = []
        /// Rows that a connector could not read.
        var unread: [BadRow] = []
    }

    private struct State {
        var counters: [String: Int] = [:]
        var reports: [Report] = []
        var unread: [BadRow] = []
    }

    public let flow: String
    public let runID: String
    /// The definition of the function that runs.
    public let function: FunctionDefinition
    /// The function's place in the flow, counted from 0.
    public let step: Int
    /// Counted from 1; grows when the function is tried again.
    public let attempt: Int
    /// The batch's number in the stream, counted from 0; 0 in a run that is no stream.
    public let batch: Int
    /// The function's default parameters, under those of the flow, under those of the run.
    public let params: [String: String]
    /// Shared by all functions of the run.
    public let cache: FlowCache
    /// Shared by all functions of the run; whoever started the run may hold it as well.
    public let metadata: Metadata
    /// Of this place in the flow, over all calls of the run.
    public let functionMetadata: Metadata
    /// Names flow, run and function in its metadata.
    public let logger: Logger
    let writers: CallWriters
    let fold: (any FoldState)?
    let session: (any FunctionSession)?
    private let run: FlowRun
    private let input: FlowRows
    @usableFromInline let committed = Mutex(RowBuffer())
    private let state = Mutex(State())

    init(_ run: FlowRun, step: Int, attempt: Int = 1, batch: Int = 0, input: FlowRows = FlowRows(), writers: CallWriters) {
        let place = run.flow.steps[step]
        self.run = run
        flow = run.flow.name
        runID = run.id
        function = place.definition
        self.step = step
        self.attempt = attempt
        self.batch = batch
        params = run.options.params.isEmpty ? place.params : place.params.merging(run.options.params) { _, run in run }
        cache = run.cache
        metadata = run.options.metadata
        functionMetadata = run.states[step].metadata
        var logger = run.logger
        logger[metadataKey: "function"] = "\(place.definition.name)"
        self.logger = logger
        self.input = input
        self.writers = writers
        fold = run.states[step].fold
        session = run.states[step].session
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
    @inlinable
    public func commit<Row: Codable & Sendable>(_ row: Row) {
        committed.withLock { $0.append(row) }
    }

    /// Gives rows to the next function; much faster than one by one.
    public func commit<Row: Codable & Sendable>(contentsOf rows: [Row]) {
        committed.withLock { $0.append(contentsOf: rows) }
    }

    /// Gives rows of any types to the next function, as they are.
    public func commit(_ rows: FlowRows) {
        committed.withLock { $0.append(rows) }
    }

    /// Leaves out a row that does not belong: it is counted as rejected, with the reason, and goes to the dead letters where the function has them.
    ///
    /// It matters for what goes on with ``FlowAction/dataReuse``.
    ///
    /// - Parameter number: the row's number among the rows that the function was called with, counted from 0.
    public func reject(rowAt number: Int, _ reason: String) {
        state.withLock { $0.reports.append(Report(number: number, kind: .rejected, reason: reason)) }
    }

    /// Reports a row that the function could not handle. What becomes of it is up to the function's `on_error`; it is tried again first, `retry_times`
    /// times, in calls with such rows only.
    ///
    /// - Parameter number: the row's number among the rows that the function was called with, counted from 0.
    public func fail(rowAt number: Int, _ error: any Error) {
        state.withLock { $0.reports.append(Report(number: number, kind: .failed, reason: FlowRun.text(of: error))) }
    }

    /// Adds to a counter with a name; it appears in the function's report and in the result.
    public func count(_ name: String, _ number: Int = 1) {
        state.withLock { $0.counters[name, default: 0] += number }
    }

    /// Tells whoever observes the run.
    public func trace(_ text: String) {
        run.observer(.message(function: function.name, text: text))
    }

    /// A parameter that must be there.
    ///
    /// - Throws: ``FlowError`` of kind `parameter` when it is missing or empty.
    public func param(_ name: String) throws -> String {
        if let value = params[name], !value.isEmpty { return value }
        throw FlowError(
            .parameter, "parameter \"\(name)\" is missing; set it in the run's params, the flow's params or the function's default_params")
    }

    /// The flow as configured.
    public var flowDefinition: FlowDefinition { run.flow.definition }

    /// The definition of a function of this flow, by its name.
    public func function(named name: String) -> FunctionDefinition? {
        run.flow.steps.first { $0.definition.name == name }?.definition
    }

    /// The parameters of every place in the flow, in order.
    public var paramsOfAllFunctions: [(function: String, params: [String: String])] {
        run.flow.steps.map { ($0.definition.name, $0.params.merging(run.options.params) { _, run in run }) }
    }

    /// The connector that the function is bound to by `cname`.
    ///
    /// - Throws: ``FlowError`` of kind `connector` when it is bound to none.
    public var connector: BoundConnector {
        get throws {
            guard let built = run.flow.steps[step].connector else {
                throw FlowError(.connector, "the function has no connector; name one under option.cname")
            }
            let request = ConnectorRequest(
                connector: built.definition, flow: flow, function: function.name, mode: function.mode, params: params, batch: run.batch)
            return BoundConnector(built: built, request: request, context: self)
        }
    }

    /// Notes a row that a connector could not read.
    func noteUnread(_ row: BadRow) {
        state.withLock { $0.unread.append(row) }
    }

    func finish() -> Yield {
        let rows = committed.withLock { $0.finish() }
        return state.withLock { state in
            Yield(committed: rows, counters: state.counters, reports: state.reports, unread: state.unread)
        }
    }
}

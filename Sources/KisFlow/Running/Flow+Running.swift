public import Logging

extension Flow {
    /// Runs the flow once on rows of one type, with state of its own.
    ///
    /// - Returns: how the run ended, what each function did, and the last function's rows.
    /// - Throws: ``FlowError`` that names the flow and the function; `CancellationError` when the task was cancelled, at the latest before the next function.
    public func run<Row: Codable & Sendable>(_ rows: [Row], options: RunOptions = RunOptions()) async throws -> FlowResult {
        try await run(FlowRows(rows), options: options)
    }

    /// Runs the flow once on rows of any types.
    public func run(_ rows: FlowRows = FlowRows(), options: RunOptions = RunOptions()) async throws -> FlowResult {
        try await run(rows, from: 0, options: options)
    }

    /// Runs the flow on rows of one type.
    ///
    /// See ``run(_:options:)-(FlowRows,_)`` and ``RunOptions``.
    public func run<Row: Codable & Sendable>(
        rows: [Row], params: [String: String] = [:], id: String? = nil, maximumJumps: Int = Flow.defaultMaximumJumps,
        clock: FlowClock = .continuous, logger: Logger? = nil, observer: @escaping FlowObserver = { _ in }
    ) async throws -> FlowResult {
        try await run(
            rows: FlowRows(rows), params: params, id: id, maximumJumps: maximumJumps, clock: clock, logger: logger, observer: observer)
    }

    /// Runs the flow on rows of any types.
    ///
    /// See ``run(_:options:)-(FlowRows,_)`` and ``RunOptions``.
    public func run(
        rows: FlowRows = FlowRows(), params: [String: String] = [:], id: String? = nil, maximumJumps: Int = Flow.defaultMaximumJumps,
        clock: FlowClock = .continuous, logger: Logger? = nil, observer: @escaping FlowObserver = { _ in }
    ) async throws -> FlowResult {
        try await run(
            rows,
            options: RunOptions(id: id, params: params, maximumJumps: maximumJumps, clock: clock, logger: logger, observer: observer))
    }

    /// Feeds rows that earlier runs left out back in, once they or the code have been mended: each goes on at the function that left it.
    ///
    /// Letters of other flows are an error, as is a function that is not at its place any more.
    ///
    /// - Returns: one result for each function that had letters, in the order of the flow.
    public func rerun(_ letters: [DeadLetter], options: RunOptions = RunOptions()) async throws -> [FlowResult] {
        for letter in letters {
            guard letter.flow == name, steps.indices.contains(letter.step), steps[letter.step].definition.name == letter.function else {
                let place = "function \"\(letter.function)\" (number \(letter.step + 1))"
                throw FlowError(.parameter, "a dead letter is of flow \"\(letter.flow)\", \(place), which this flow does not have").at(
                    flow: name)
            }
        }
        var results: [FlowResult] = []
        for (step, group) in Dictionary(grouping: letters, by: \.step).sorted(by: { $0.key < $1.key }) {
            // A row that was a text and no JSON goes on as the text that it was.
            let texts = group.map { letter in
                if case .string(let text) = letter.row { text } else { FlowRows([letter.row]).text(at: 0) }
            }
            results.append(try await run(FlowRows(texts), from: step, options: options))
        }
        return results
    }

    private func run(_ rows: FlowRows, from step: Int, options: RunOptions) async throws -> FlowResult {
        guard definition.isEnabled else { return disabled(options) }
        let scope = FlowScope(flow: self, options: options, stream: nil)
        return try await scope.run { run in
            run.metrics.read(rows: rows.count)
            var pass = FlowPass(run, from: step, rows: rows)
            guard let end = try await pass.advance() else { return try run.result(FlowRows()) }
            run.ended(end, rows: rows.count)
            let folded = try await FoldEnds(run).finish { _ in }
            return try run.result(folded.reduce(end.status == nil ? FlowRows() : end.output) { $0.appending($1) })
        }
    }

    func disabled(_ options: RunOptions) -> FlowResult {
        FlowResult(flow: name, id: options.id, status: .disabled, functions: [], rows: FlowRows(), batches: 0, rowsRead: 0, seconds: 0)
    }
}

/// Takes rows through a flow from one of its places on.
struct FlowPass {
    let run: FlowRun
    let batch: Int
    private var cursor: FlowCursor
    /// What the functions did so far, call by call.
    private(set) var reports: [FunctionReport] = []

    init(_ run: FlowRun, from step: Int = 0, batch: Int = 0, rows: FlowRows) {
        self.run = run
        self.batch = batch
        cursor = FlowCursor(
            names: run.flow.steps.map(\.definition.name), source: rows, maximumJumps: run.options.maximumJumps, start: step)
    }

    /// Whether the function that is next must wait until the batches before this one are done.
    func isGated(_ gate: Int?) -> Bool { gate.map { cursor.step >= $0 } ?? false }

    /// Goes on until the end, or until `stops` says so.
    ///
    /// - Parameter firstNumber: the number of the first row where the rows come from.
    /// - Returns: `nil` where it was stopped.
    /// - Throws: ``FlowError`` with flow and function filled in.
    mutating func advance(firstNumber: Int = 0, until stops: (FlowPass) -> Bool = { _ in false }) async throws -> BatchEnd? {
        while !stops(self) {
            if let end = try await next(firstNumber: firstNumber) { return end }
        }
        return nil
    }

    /// Ends the fold at this pass's first place, and takes what it gives through the rest.
    mutating func finishFold(_ body: @escaping RegisteredFunction.Body) async throws -> BatchEnd? {
        try await settle { call in try await call.finishFold(body) }
    }

    private mutating func next(firstNumber: Int) async throws -> BatchEnd? {
        let number = cursor.step == 0 ? firstNumber : 0
        return try await settle { call in try await call.execute(firstNumber: number) }
    }

    private mutating func settle(
        _ body: (inout FunctionCall) async throws -> FunctionCall.Outcome
    ) async throws -> BatchEnd? {
        let step = cursor.step
        do {
            try Task.checkCancellation()
            var call = FunctionCall(run, step: step, batch: batch, input: cursor.input)
            var outcome = try await body(&call)
            let (decision, output) = try cursor.advance(outcome.action, accepted: outcome.accepted, committed: outcome.committed)
            outcome.report.rowsOut = output.count
            reports.append(outcome.report)
            try run.finished(outcome.report)
            return end(decision, output, outcome.report)
        } catch let error as FlowError {
            throw error.at(flow: run.flow.name, function: run.label(step))
        }
    }

    private func end(_ decision: FlowCursor.Decision, _ output: FlowRows, _ report: FunctionReport) -> BatchEnd? {
        switch decision {
        case .proceed: return nil
        case .completed: return BatchEnd(status: isTakenIn(report, output) ? nil : .completed, output: output)
        case .aborted: return BatchEnd(status: .aborted(at: run.label(report.step)), output: output)
        case .endedEarly:
            if isTakenIn(report, output) { return BatchEnd(status: nil, output: output) }
            let causes = report.reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
            let detail = causes.isEmpty ? "" : " (left out: \(causes.joined(separator: ", ")))"
            let isFold = report.rowsIn == 0 && run.states[report.step].fold != nil
            let reason = "\(report.name) gave no rows \(isFold ? "when it was ended" : "for the \(report.rowsIn) that came in")\(detail)"
            return BatchEnd(status: .endedEarly(at: run.label(report.step), reason: reason), output: output)
        }
    }

    /// A fold keeps rows until it is ended.
    private func isTakenIn(_ report: FunctionReport, _ output: FlowRows) -> Bool {
        output.isEmpty && report.rowsIn > 0 && run.states[report.step].fold != nil
    }
}

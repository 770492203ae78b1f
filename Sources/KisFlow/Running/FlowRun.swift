import Logging

/// One run of a flow with all its state.
struct FlowRun {
    private struct Call {
        let action: FlowAction
        let accepted: FlowRows
        let committed: FlowRows
        var report: FunctionReport
    }

    let flow: Flow
    let id: String
    let params: [String: String]
    let clock: FlowClock
    let logger: Logger
    let observer: FlowObserver
    let cache: FlowCache

    init(flow: Flow, id: String, params: [String: String], clock: FlowClock, logger: Logger, observer: @escaping FlowObserver) {
        self.flow = flow
        self.id = id
        self.params = params
        self.clock = clock
        self.logger = logger
        self.observer = observer
        cache = FlowCache(clock: clock)
    }

    func execute(_ source: FlowRows, maximumJumps: Int) async throws -> FlowResult {
        guard flow.definition.isEnabled else {
            return FlowResult(flow: flow.name, id: id, status: .disabled, functions: [], rows: FlowRows(), seconds: 0)
        }
        let start = clock.now()
        var cursor = FlowCursor(names: flow.steps.map(\.definition.name), source: source, maximumJumps: maximumJumps)
        var reports: [FunctionReport] = []
        while true {
            let step = cursor.step
            do {
                var call = try await call(step, cursor.input)
                let (decision, output) = try cursor.advance(call.action, accepted: call.accepted, committed: call.committed)
                call.report.rowsOut = output.count
                finish(call.report, &reports)
                guard let status = status(decision, call.report) else { continue }
                return FlowResult(flow: flow.name, id: id, status: status, functions: reports, rows: output, seconds: seconds(since: start))
            } catch let error as FlowError {
                throw error.at(flow: flow.name, function: label(step))
            }
        }
    }

    private func call(_ step: Int, _ input: FlowRows) async throws -> Call {
        try Task.checkCancellation()
        let place = flow.steps[step]
        let start = clock.now()
        observer(.functionStarted(name: place.definition.name, mode: place.definition.mode, rows: input.count))
        let (intake, body) = try place.function.prepare(input, place.definition)
        let (action, context) = try await attempts(step, intake.accepted, body)
        let (committed, counters, failed) = context.finish()
        var report = FunctionReport(name: place.definition.name, mode: place.definition.mode, step: step, rowsIn: input.count)
        report.attempts = context.attempt
        report.rejected = intake.rejected.count
        report.failed = intake.failed.count + failed.count
        for tally in [intake.rejected, intake.failed, failed] { report.note(tally) }
        report.counters = counters
        report.seconds = seconds(since: start)
        return Call(action: action, accepted: intake.accepted, committed: committed, report: report)
    }

    /// Calls the function until it does not throw, at most 1 + `retry_times` times. Every try starts with nothing committed.
    private func attempts(
        _ step: Int, _ input: FlowRows, _ body: @Sendable (FlowContext) async throws -> FlowAction
    ) async throws -> (FlowAction, FlowContext) {
        let definition = flow.steps[step].definition
        var attempt = 1
        while true {
            let context = FlowContext(self, step: step, attempt: attempt, input: input)
            do {
                return (try await body(context), context)
            } catch {
                guard attempt <= definition.retryTimes, Self.isWorthRetrying(error) else { throw Self.failure(error) }
                attempt += 1
                logger.warning("function \(definition.name) is tried again", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
                observer(.functionRetried(name: definition.name, attempt: attempt, error: "\(error)"))
                try await clock.sleep(.milliseconds(definition.retryDuration))
            }
        }
    }

    /// Not when the run was cancelled, nor when the same input can only give the same error.
    private static func isWorthRetrying(_ error: any Error) -> Bool {
        if error is CancellationError || Task.isCancelled { return false }
        guard let error = error as? FlowError else { return true }
        return error.kind == .connector || error.kind == .functionFailed
    }

    private static func failure(_ error: any Error) -> any Error {
        if error is CancellationError || error is FlowError { return error }
        return FlowError(.functionFailed, "\(type(of: error)): \(error)", underlying: error)
    }

    private func finish(_ report: FunctionReport, _ reports: inout [FunctionReport]) {
        if let index = reports.firstIndex(where: { $0.step == report.step }) {
            reports[index].add(report)
        } else {
            reports.append(report)
        }
        logger.debug(
            "function finished", metadata: ["function": "\(report.name)", "rows_in": "\(report.rowsIn)", "rows_out": "\(report.rowsOut)"])
        observer(.functionFinished(report))
    }

    private func status(_ decision: FlowCursor.Decision, _ report: FunctionReport) -> FlowResult.Status? {
        switch decision {
        case .proceed: return nil
        case .completed: return .completed
        case .aborted: return .aborted(at: label(report.step))
        case .endedEarly:
            let causes = report.reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
            let detail = causes.isEmpty ? "" : " (left out: \(causes.joined(separator: ", ")))"
            return .endedEarly(at: label(report.step), reason: "\(report.name) gave no rows for the \(report.rowsIn) that came in\(detail)")
        }
    }

    /// The function's name, with its place when the flow uses it more than once.
    private func label(_ step: Int) -> String {
        let name = flow.steps[step].definition.name
        let isAlone = flow.steps.count { $0.definition.name == name } == 1
        return isAlone ? name : "\(name) (\(step + 1) of \(flow.steps.count))"
    }

    private func seconds(since start: Duration) -> Double {
        (clock.now() - start) / .seconds(1)
    }
}

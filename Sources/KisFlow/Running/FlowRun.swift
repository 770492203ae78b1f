import Logging
import Synchronization

/// One run of a flow with all its state. Safe to use from the batches of a stream at once.
final class FlowRun: Sendable {
    /// What belongs to one place in the flow, for the length of the run.
    struct StepState: Sendable {
        let metadata = Metadata()
        let fold: (any FoldState)?
        var session: (any FunctionSession)?
    }

    /// From so many rows on, a ratio of error rows means something.
    private static let ratioFloor = 1_000

    let flow: Flow
    let options: RunOptions
    /// With flow and run as metadata.
    let logger: Logger
    let metrics: FlowMetrics
    let cache: FlowCache
    let batch: BatchPolicy
    let states: [StepState]
    /// Writers that stay open over the batches of a stream; in a run that is none, those of each call are its own.
    let writers: OpenWriters?
    /// Whether functions that save are called one after the other.
    let savesInOrder: Bool
    let start: Duration
    private let ledger: Mutex<RunLedger>

    init(
        _ flow: Flow, _ options: RunOptions, batch: BatchPolicy, states: [StepState], writers: OpenWriters?, savesInOrder: Bool,
        ledger: consuming RunLedger
    ) {
        self.flow = flow
        self.options = options
        self.batch = batch
        self.states = states
        self.writers = writers
        self.savesInOrder = savesInOrder
        self.ledger = Mutex(ledger)
        var logger = options.logger
        logger[metadataKey: "flow"] = "\(flow.name)"
        logger[metadataKey: "flow_run"] = "\(options.id)"
        self.logger = logger
        metrics = FlowMetrics(options.metrics, flow: flow.name)
        cache = FlowCache(clock: options.clock)
        start = options.clock.now()
    }

    var id: String { options.id }

    var clock: FlowClock { options.clock }

    var observer: FlowObserver { options.observer }

    var isAborted: Bool {
        guard case .aborted = status else { return false }
        return true
    }

    /// Whether rows have come to a place in the flow.
    func hasCalled(_ step: Int) -> Bool { ledger.withLock { $0.report(at: step) } != nil }

    var status: FlowResult.Status? { ledger.withLock(\.status) }

    var reports: [FunctionReport] { ledger.withLock(\.reports) }

    var progress: FlowProgress { ledger.withLock(\.progress) }

    // MARK: - What happens

    func started(_ place: Flow.Step, rows: Int) {
        let isFirst = writers == nil || ledger.withLock { $0.report(at: place.number) } == nil
        if isFirst { observer(.functionStarted(name: place.definition.name, mode: place.definition.mode, rows: rows)) }
    }

    func pause(before attempt: Int, of function: FunctionDefinition, _ error: any Error) async throws {
        logger.warning("function \(function.name) is tried again", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
        observer(.functionRetried(name: function.name, attempt: attempt, error: Self.text(of: error)))
        try await clock.sleep(.milliseconds(function.retryDuration))
    }

    /// - Throws: ``FlowError`` of kind `errorRatio`.
    func finished(_ report: FunctionReport) throws {
        metrics.called(report)
        let total = ledger.withLock { ledger in
            ledger.add(report)
            return ledger.report(at: report.step)
        }
        logger.debug(
            "function finished", metadata: ["function": "\(report.name)", "rows_in": "\(report.rowsIn)", "rows_out": "\(report.rowsOut)"])
        if writers == nil { observer(.functionFinished(report)) }
        if let total { try checkRatio(total, floor: Self.ratioFloor) }
    }

    func ended(_ batch: BatchEnd, rows: Int) {
        let now = clock.now()
        let told = ledger.withLock { ledger -> FlowProgress? in
            ledger.progress.rowsRead += rows
            ledger.progress.rowsOut += batch.status == .completed ? batch.output.count : 0
            ledger.progress.seconds = (now - start) / .seconds(1)
            ledger.note(batch.status)
            guard writers != nil else { return nil }
            ledger.progress.batches += 1
            guard now - (ledger.told ?? start) >= .seconds(1) else { return nil }
            ledger.told = now
            return ledger.progress
        }
        if let told { observer(.progress(told)) }
    }

    /// The end of a fold is no batch.
    func endedFold(_ end: BatchEnd) {
        ledger.withLock { ledger in
            ledger.progress.rowsOut += end.status == .completed ? end.output.count : 0
            ledger.note(end.status)
        }
    }

    /// The last words of a run that has not failed.
    ///
    /// - Throws: ``FlowError`` of kind `errorRatio`.
    func result(_ rows: FlowRows) throws -> FlowResult {
        for report in reports {
            try checkRatio(report, floor: 1)
            if writers != nil { observer(.functionFinished(report)) }
        }
        let seconds = (clock.now() - start) / .seconds(1)
        let progress = progress
        metrics.ended(after: clock.now() - start)
        return FlowResult(
            flow: flow.name, id: id, status: status ?? .endedEarly(at: label(0), reason: "the source gave no rows"), functions: reports,
            rows: rows, batches: progress.batches, rowsRead: progress.rowsRead, seconds: seconds)
    }

    private func checkRatio(_ report: FunctionReport, floor: Int) throws {
        guard let limit = flow.steps[report.step].definition.maxErrorRatio, report.rowsIn >= floor else { return }
        let errors = report.rejected + report.failed
        guard Double(errors) > limit * Double(report.rowsIn) else { return }
        let causes = report.reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        let error = FlowError(
            .errorRatio, "\(errors) of \(report.rowsIn) rows are error rows, more than max_error_ratio \(limit) allows: \(causes)")
        throw error.at(flow: flow.name, function: label(report.step))
    }

    // MARK: - Words

    /// The function's name, with its place when the flow uses it more than once.
    func label(_ step: Int) -> String {
        let name = flow.steps[step].definition.name
        let isAlone = flow.steps.count { $0.definition.name == name } == 1
        return isAlone ? name : "\(name) (\(step + 1) of \(flow.steps.count))"
    }

    static func text(of error: any Error) -> String {
        String("\(error)".prefix(1_000))
    }
}

extension RunLedger {
    fileprivate mutating func note(_ status: FlowResult.Status?) {
        switch status {
        case .completed: hasCompleted = true
        case .aborted: abort = status
        case .endedEarly: earlyEnd = status
        case .disabled, nil: break
        }
    }
}

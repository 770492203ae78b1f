import Synchronization

/// Takes the batches of a stream through a flow, some of them at once, and keeps checkpoints.
///
/// In order: every batch has a number, and its turn. It waits for its turn before the first function that saves or folds, and has it until its end; so
/// savings, folds, the output and checkpoints are in the order of the stream, while what comes before runs in parallel.
/// Out of order: a batch has the folds, and all that comes after them, to itself.
final class StreamRun: Sendable {
    /// What comes from a source at once.
    struct Batch: Sendable {
        /// Counted from 0 in this run.
        let turn: Int
        /// Counted from 0 over all attempts.
        let number: Int
        let rows: FlowRows
        /// Rows that the source could not read.
        let bad: [BadRow]
        let position: FieldValue?
        /// The number of the first row in the stream.
        let firstRow: Int

        var rowCount: Int { rows.count + bad.count }
    }

    private enum State {
        case running
        /// A function aborted the flow: batches before that one are finished, later ones are not.
        case aborted
        /// With the first error, which all others follow from.
        case failed(any Error)
    }

    typealias Output = @Sendable (FlowRows) async throws -> Void

    let parallelism: Int
    private let run: FlowRun
    private let checkpoints: StreamOptions.Checkpoints?
    private let output: Output
    /// The first function that batches have to themselves.
    private let gate: Int?
    private let isOrdered: Bool
    private let turns = Turns()
    private let state = Mutex(State.running)
    private let lastKept: Mutex<Duration?> = Mutex(nil)

    init(_ run: FlowRun, _ options: StreamOptions, output: @escaping Output) {
        let definition = run.flow.definition
        self.run = run
        self.output = output
        checkpoints = options.checkpoints
        parallelism = options.parallelism(definition)
        let isOrdered = options.isOrdered(definition)
        self.isOrdered = isOrdered
        gate = run.flow.steps.first { $0.function.fold != nil || (isOrdered && $0.writes) }?.number
    }

    /// Whether a function aborted the flow, so that nothing more is read.
    var isStopped: Bool {
        guard case .aborted = state.withLock({ $0 }) else { return false }
        return true
    }

    /// The error that made the stream fail; what feeds it may have put it in words of its own.
    var failure: (any Error)? {
        guard case .failed(let error) = state.withLock({ $0 }) else { return nil }
        return error
    }

    func take(_ batch: Batch) async throws {
        // An orderly turn is passed on whatever happens, so that no batch waits for one that is gone.
        defer { if isOrdered { turns.done(batch.turn) } }
        do {
            try await through(batch)
        } catch {
            state.withLock { state in
                if case .failed = state { return }
                state = .failed(error)
            }
            throw error
        }
    }

    private func through(_ batch: Batch) async throws {
        try await setAside(batch)
        var pass = FlowPass(run, batch: batch.number, rows: batch.rows)
        let early = try await pass.advance(firstNumber: batch.firstRow) { $0.isGated(gate) }
        if isOrdered {
            try await turns.wait(for: batch.turn)
            try await finish(batch, &pass, early)
        } else if early == nil {
            try await turns.alone { try await finish(batch, &pass, nil) }
        } else {
            try await finish(batch, &pass, early)
        }
    }

    private func finish(_ batch: Batch, _ pass: inout FlowPass, _ early: BatchEnd?) async throws {
        switch state.withLock({ $0 }) {
        case .running: break
        case .aborted where isOrdered: return
        case .aborted: break
        // A batch before this one is not done: nothing after it may be saved as if it were.
        case .failed(let error): throw error
        }
        guard let end = if let early { early } else { try await pass.advance(firstNumber: batch.firstRow) } else { return }
        run.ended(end, rows: batch.rowCount)
        if end.status == .completed, !end.output.isEmpty { try await output(end.output) }
        if case .aborted = end.status { state.withLock { $0 = .aborted } }
        try await keepCheckpoint(after: batch)
    }

    /// Rows that the source could not read are error rows of the flow's first function.
    private func setAside(_ batch: Batch) async throws {
        guard let first = batch.bad.first else { return }
        let place = run.flow.steps[0]
        guard place.definition.onError.setsAside else {
            throw FlowError(badRow: first).at(flow: run.flow.name, function: run.label(0))
        }
        var tally = RowTally()
        for row in batch.bad { tally.add(row) }
        var report = FunctionReport(name: place.definition.name, mode: place.definition.mode, step: 0, rowsIn: batch.bad.count)
        report.calls = 0
        report.attempts = 0
        report.failed = batch.bad.count
        report.note(tally)
        try run.finished(report)
        if let letters = place.deadLetters { try await run.send(batch.bad, of: place, through: letters) }
    }

    // MARK: - Checkpoints

    private func keepCheckpoint(after batch: Batch) async throws {
        guard let checkpoints, let source = batch.position else { return }
        let now = run.clock.now()
        let isDue = lastKept.withLock { last in
            guard now - (last ?? run.start) >= checkpoints.interval else { return false }
            last = now
            return true
        }
        guard isDue, let folds = try savedFolds() else { return }
        let sinks = try await run.writers?.commit(durable: true) ?? []
        let progress = run.progress
        try await checkpoints.keep(
            FlowCheckpoint(
                flow: run.flow.name, shape: run.flow.shape(params: run.options.params), batches: progress.batches, rows: progress.rowsRead,
                source: source, sinks: sinks.map { .init(target: $0.target, position: $0.position) }, folds: folds, functions: run.reports))
    }

    /// `nil` when a fold's state cannot be written: there are no checkpoints then, and a later attempt starts at the beginning.
    private func savedFolds() throws -> [FlowCheckpoint.Fold]? {
        var folds: [FlowCheckpoint.Fold] = []
        for (step, state) in run.states.enumerated() {
            guard let fold = state.fold, run.hasCalled(step) else { continue }
            guard let saved = try fold.saved() else { return nil }
            folds.append(.init(step: step, state: saved))
        }
        return folds
    }

    /// Goes back to where a checkpoint says that an earlier attempt was.
    func restore(_ checkpoint: FlowCheckpoint) async throws {
        for fold in checkpoint.folds {
            guard run.states.indices.contains(fold.step) else { continue }
            try run.states[fold.step].fold?.restore(fold.state)
        }
        for sink in checkpoint.sinks { try await run.reopen(sink) }
    }
}

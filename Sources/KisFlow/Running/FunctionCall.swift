/// One call of a function: as many tries as its configuration allows, and what becomes of the rows that it cannot use.
struct FunctionCall {
    struct Outcome {
        let action: FlowAction
        /// The rows that the function took and did not report.
        let accepted: FlowRows
        let committed: FlowRows
        var report: FunctionReport
    }

    let run: FlowRun
    let step: Int
    let batch: Int
    let input: FlowRows
    private let place: Flow.Step
    private let writers: CallWriters
    /// The numbers that the rows which the function took have among those that came in; `nil` where all were taken.
    private var taken: [Int]?
    private var attempt = 1
    private var retries = 0
    private var left = LeftRows()
    /// Rows that a connector could not read.
    private var unread = RowTally()
    private var unreadRows: [BadRow] = []
    private var counters: [String: Int] = [:]
    private var committed = FlowRows()

    init(_ run: FlowRun, step: Int, batch: Int, input: FlowRows) {
        self.run = run
        self.step = step
        self.batch = batch
        self.input = input
        place = run.flow.steps[step]
        writers = CallWriters(run.writers ?? OpenWriters(), isAlone: run.savesInOrder)
    }

    /// Calls the function with the rows that came in.
    ///
    /// - Parameter firstNumber: the number of the first of them where they come from.
    mutating func execute(firstNumber: Int) async throws -> Outcome {
        let start = run.clock.now()
        run.started(place, rows: input.count)
        let definition = place.definition
        let must = definition.mode == .verify ? definition.source.must : []
        let offer = RegisteredFunction.Offer(must: must, setsAside: definition.onError.setsAside, firstNumber: firstNumber)
        let prepared = try place.function.prepare(input, offer)
        left = prepared.left
        taken = left.isEmpty ? nil : left.others(of: input.count)
        let action = try await settled { call throws in try await call.tries(prepared, offer) }
        return try await outcome(action, prepared.accepted, since: start)
    }

    /// Ends the fold that the function is.
    mutating func finishFold(_ body: @escaping RegisteredFunction.Body) async throws -> Outcome {
        let start = run.clock.now()
        let action = try await settled { call throws in
            let context = call.context()
            let action = try await body(context)
            try await call.writers.commit()
            call.take(context.finish())
            return action
        }
        return try await outcome(action, FlowRows(), since: start)
    }

    // MARK: - Tries

    /// Whether what the call writes is a whole of its own, and not a part of what a stream writes.
    private var isWhole: Bool { run.writers == nil }

    private func context() -> FlowContext {
        FlowContext(run, step: step, attempt: attempt, batch: batch, input: input, writers: writers)
    }

    /// Runs the tries; what they wrote stays when they succeed and is undone when they fail.
    private mutating func settled(_ body: (inout FunctionCall) async throws -> FlowAction) async throws -> FlowAction {
        do {
            let action = try await body(&self)
            if isWhole { try await writers.open.finish() }
            return action
        } catch {
            if isWhole { await writers.open.abandon(resumable: false) }
            throw error
        }
    }

    private mutating func tries(_ first: RegisteredFunction.Prepared, _ offer: RegisteredFunction.Offer) async throws -> FlowAction {
        var prepared = first
        // The numbers that the rows at hand have among those that came in; the same numbers while none is left out.
        var numbers = taken
        var given: FlowAction?
        while true {
            let context = FlowContext(
                run, step: step, attempt: attempt, batch: batch, input: prepared.accepted, writers: writers)
            let failures: [FlowContext.Report]
            do {
                let action = try await prepared.call(context)
                given = given ?? action
                let yield = context.finish()
                failures = try sorted(yield.reports, among: prepared.accepted, numbers)
                try await writers.commit()
                take(yield)
            } catch {
                try await writers.rollback()
                guard Self.concernsRows(error) else { throw Self.failure(error) }
                if try await isTriedAgain(error) { continue }
                guard place.definition.onError.setsAside, prepared.accepted.count > 0 else { throw Self.failure(error) }
                leaveAll(prepared.accepted, numbers, error)
                return given ?? .next
            }
            guard let first = failures.first else { return given ?? .next }
            guard try await isTriedAgain(Failure(reason: first.reason)) else {
                try leave(failures, prepared.accepted, numbers)
                return given ?? .next
            }
            numbers = failures.map { numbers?[$0.number] ?? $0.number }
            prepared = try place.function.prepare(prepared.accepted.selecting(failures.map(\.number)), offer)
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// The same rows that do not decode would not the next time either.
    private mutating func isTriedAgain(_ error: any Error) async throws -> Bool {
        guard attempt <= place.retryTimes, (error as? FlowError)?.kind != .badRow else { return false }
        attempt += 1
        retries += 1
        try await run.pause(before: attempt, of: place.definition, error)
        return true
    }

    /// Takes what a try brought.
    private mutating func take(_ yield: FlowContext.Yield) {
        committed = committed.appending(yield.committed)
        counters.merge(yield.counters, uniquingKeysWith: +)
        for row in yield.unread { unread.add(row) }
        unreadRows += yield.unread
    }

    /// Rejected rows are done with; failed ones are returned, in order and each once.
    private mutating func sorted(
        _ reports: [FlowContext.Report], among rows: FlowRows, _ numbers: [Int]?
    ) throws -> [FlowContext.Report] {
        guard !reports.isEmpty else { return [] }
        if let wrong = reports.first(where: { !(0..<rows.count).contains($0.number) }) {
            throw FlowError(.parameter, "the function reported row \(wrong.number) of \(rows.count) rows: \(wrong.reason)")
        }
        var failures: [FlowContext.Report] = []
        var seen: Set<Int> = []
        for report in reports.sorted(by: { $0.number < $1.number }) where seen.insert(report.number).inserted {
            if report.kind == .failed {
                failures.append(report)
            } else {
                leave(report, rows, numbers)
            }
        }
        return failures
    }

    // MARK: - Rows that are left out

    private mutating func leave(_ report: FlowContext.Report, _ rows: FlowRows, _ numbers: [Int]?) {
        let number = numbers?[report.number] ?? report.number
        let row = BadRow(index: number, reason: report.reason, text: rows.text(at: report.number))
        left.add(row, at: number, as: report.kind, attempt: attempt)
    }

    private mutating func leave(_ failures: [FlowContext.Report], _ rows: FlowRows, _ numbers: [Int]?) throws {
        for failure in failures { leave(failure, rows, numbers) }
        guard !place.definition.onError.setsAside, let first = left.entries.first(where: { $0.kind == .failed }) else { return }
        throw FlowError(badRow: first.row, wanted: nil)
    }

    private mutating func leaveAll(_ rows: FlowRows, _ numbers: [Int]?, _ error: any Error) {
        let reason = FlowRun.text(of: error)
        for number in 0..<rows.count {
            leave(FlowContext.Report(number: number, kind: .failed, reason: reason), rows, numbers)
        }
    }

    /// Whether an error can be due to the rows, or to the moment: not a cancellation, nor a mistake in the configuration.
    private static func concernsRows(_ error: any Error) -> Bool {
        if error is CancellationError || Task.isCancelled { return false }
        guard let error = error as? FlowError else { return true }
        return error.kind == .connector || error.kind == .functionFailed || error.kind == .badRow
    }

    private static func failure(_ error: any Error) -> any Error {
        if error is CancellationError || error is FlowError { return error }
        return FlowError(.functionFailed, "\(type(of: error)): \(FlowRun.text(of: error))", underlying: error)
    }

    // MARK: - The end

    private mutating func outcome(_ action: FlowAction, _ accepted: FlowRows, since start: Duration) async throws -> Outcome {
        try await sendDeadLetters()
        var report = FunctionReport(name: place.definition.name, mode: place.definition.mode, step: step, rowsIn: input.count)
        report.attempts = 1 + retries
        report.rejected = left.rejected.count
        report.failed = left.failed.count + unread.count
        for tally in [left.rejected, left.failed, unread] { report.note(tally) }
        report.counters = counters
        report.seconds = (run.clock.now() - start) / .seconds(1)
        let kept = action.reusesData && !left.isEmpty ? self.accepted(accepted) : accepted
        return Outcome(action: action, accepted: kept, committed: committed, report: report)
    }

    /// The rows that the function took, without those that it reported; they keep the form in which the function had them.
    private func accepted(_ rows: FlowRows) -> FlowRows {
        let kept = left.others(of: input.count)
        if kept.count == rows.count { return rows }
        guard let taken else { return rows.selecting(kept) }
        let isKept = Set(kept)
        return rows.selecting(taken.indices.filter { isKept.contains(taken[$0]) })
    }

    private func sendDeadLetters() async throws {
        guard let letters = place.deadLetters, !left.isEmpty || !unreadRows.isEmpty else { return }
        let time = run.clock.timestamp()
        let rows =
            left.entries.map { run.letter($0.row, input.text(at: $0.number), of: place, attempt: $0.attempt, time) }
            + unreadRows.map { run.letter($0, $0.text, of: place, attempt: 1, time) }
        try await run.save(rows, through: letters, for: place, writers.open)
        if isWhole { try await writers.open.finish() }
    }
}

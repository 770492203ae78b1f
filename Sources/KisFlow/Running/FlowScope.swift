/// Opens what the functions of a flow need for one run, runs, and closes it.
struct FlowScope {
    let flow: Flow
    let options: RunOptions
    /// How the flow streams; `nil` in a run on rows that are all at hand, where what each call writes is a whole of its own.
    let stream: StreamOptions?

    /// - Returns: what `body` made of the run.
    func run(_ body: (FlowRun) async throws -> FlowResult) async throws -> FlowResult {
        let states = flow.steps.map { FlowRun.StepState(fold: $0.function.fold?.state()) }
        return try await withSessions(from: 0, states, body)
    }

    /// One level for each function that has a session, so that each is closed whatever happens inside.
    private func withSessions(
        from step: Int, _ states: [FlowRun.StepState], _ body: (FlowRun) async throws -> FlowResult
    ) async throws -> FlowResult {
        let next = flow.steps[step...].first { $0.function.scoped != nil }
        guard let next, let scoped = next.function.scoped else { return try await settled(makeRun(states), body) }
        var result: FlowResult?
        var failure: (any Error)?
        let outer = makeRun(states)
        let context = FlowContext(outer, step: next.number, writers: CallWriters(OpenWriters(), isAlone: true))
        do {
            try await scoped.withSession(context) { session in
                var inner = states
                inner[next.number].session = session
                do {
                    result = try await withSessions(from: next.number + 1, inner, body)
                } catch {
                    failure = error
                    throw error
                }
            }
        } catch {
            // What went wrong inside is not this function's doing, unless its session's end cancelled it.
            if let failure, !(failure is CancellationError) { throw failure }
            guard let error = error as? FlowError else { throw error }
            throw error.at(flow: flow.name, function: outer.label(next.number))
        }
        guard let result else {
            throw FlowError(.functionFailed, "its session ended before the run began").at(
                flow: flow.name, function: outer.label(next.number))
        }
        return result
    }

    private func makeRun(_ states: [FlowRun.StepState]) -> FlowRun {
        var ledger = RunLedger()
        if let resume = stream?.checkpoints?.resume {
            ledger.restore(resume.functions, batches: resume.batches, rows: resume.rows)
        }
        return FlowRun(
            flow, options, batch: stream?.batch ?? flow.definition.batch, states: states, writers: stream == nil ? nil : OpenWriters(),
            savesInOrder: stream?.isOrdered(flow.definition) ?? true, ledger: ledger)
    }

    /// What a stream has written becomes whole when it ends well; else it is left for a later attempt, or for none.
    private func settled(_ run: FlowRun, _ body: (FlowRun) async throws -> FlowResult) async throws -> FlowResult {
        run.metrics.scheduled()
        do {
            let result = try await body(run)
            try await run.writers?.finish()
            return result
        } catch {
            await run.writers?.abandon(resumable: stream?.checkpoints != nil)
            throw error
        }
    }
}

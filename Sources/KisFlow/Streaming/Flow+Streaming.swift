import Logging

extension Flow {
    /// Runs the flow over a stream of rows, batch by batch: memory does not grow with the number of rows, and the stream is read no faster than the
    /// flow takes it.
    ///
    /// - Parameters:
    ///   - output: gets what each batch, and each fold at the end, gives after the last function.
    /// - Returns: how the run ended and what each function did, over all batches; no rows.
    /// - Throws: as ``run(_:options:)-(FlowRows,_)``, and what the stream and `output` throw.
    public func run<Rows: AsyncSequence & Sendable>(
        stream rows: Rows, _ stream: StreamOptions = StreamOptions(), options: RunOptions = RunOptions(),
        output: @escaping @Sendable (FlowRows) async throws -> Void = { _ in }
    ) async throws -> FlowResult where Rows.Element: Codable & Sendable {
        let policy = stream.batch ?? definition.batch
        return try await self.stream(stream, options, output) { _, take in
            try await RowBatcher(rows, policy, options.clock).run { try await take(.init(rows: FlowRows($0), bad: [], position: nil)) }
        }
    }

    /// Runs the flow over rows that come in batches, with positions if there are checkpoints to keep.
    public func run<Batches: AsyncSequence & Sendable, Row: Codable & Sendable>(
        batches: Batches, _ stream: StreamOptions = StreamOptions(), options: RunOptions = RunOptions(),
        output: @escaping @Sendable (FlowRows) async throws -> Void = { _ in }
    ) async throws -> FlowResult where Batches.Element == RowBatch<Row> {
        try await self.stream(stream, options, output) { _, take in
            for try await batch in batches {
                try await take(.init(rows: FlowRows(batch.rows), bad: batch.bad, position: batch.position))
            }
        }
    }

    /// Runs the flow over the rows of one of its configuration's connectors, as the type that the flow's first function takes.
    ///
    /// - Parameter source: the connector's name; the flow's own `source` when left out.
    /// - Throws: ``FlowError`` of kind `connector` when there is none.
    public func run(
        source: String? = nil, _ stream: StreamOptions = StreamOptions(), options: RunOptions = RunOptions(),
        output: @escaping @Sendable (FlowRows) async throws -> Void = { _ in }
    ) async throws -> FlowResult {
        guard definition.isEnabled else { return disabled(options) }
        guard let name = source ?? definition.source else {
            throw FlowError(.connector, "the flow has no source; name a connector under source").at(flow: self.name)
        }
        let built: BuiltConnector
        do {
            built = try parts.connector(name)
        } catch let error as FlowError {
            throw error.at(flow: self.name)
        }
        return try await self.stream(stream, options, output) { [first = steps[0]] run, take in
            let request = ConnectorRequest(
                connector: built.definition, flow: self.name, function: first.definition.name, mode: .load,
                params: first.params.merging(options.params) { _, run in run }, resume: stream.checkpoints?.resume?.source, batch: run.batch
            )
            try await first.function.source(built.connector, request, take)
        }
    }

    // MARK: - Parts

    private struct Stopped: Error {}

    private typealias Take = (RegisteredFunction.SourceBatch) async throws -> Void

    private func stream(
        _ stream: StreamOptions, _ options: RunOptions, _ output: @escaping @Sendable (FlowRows) async throws -> Void,
        _ feed: (FlowRun, Take) async throws -> Void
    ) async throws -> FlowResult {
        guard definition.isEnabled else { return disabled(options) }
        let resume = stream.checkpoints?.resume
        if let resume, resume.flow != name || resume.shape != shape(params: options.params) {
            throw FlowError(.checkpoint, "the checkpoint was made by another flow or with other functions or parameters; start without it")
                .at(flow: name)
        }
        return try await FlowScope(flow: self, options: options, stream: stream).run { run in
            let through = StreamRun(run, stream, output: output)
            if let resume { try await through.restore(resume) }
            do {
                try await pump(run, through, resume, feed)
            } catch  where through.isStopped {
                run.logger.debug("a function aborted the flow, the rest of the stream is not read")
            } catch {
                throw through.failure ?? error
            }
            // A stream may just end when its task is cancelled; that is no end of the rows.
            try Task.checkCancellation()
            _ = try await FoldEnds(run).finish(output)
            return try run.result(FlowRows())
        }
    }

    /// Hands batches over as they come, so many at once that `parallelism` allows; whoever feeds waits for the rest.
    private func pump(
        _ run: FlowRun, _ through: StreamRun, _ resume: FlowCheckpoint?, _ feed: (FlowRun, Take) async throws -> Void
    ) async throws {
        var turn = 0
        var row = resume?.rows ?? 0
        func numbered(_ batch: RegisteredFunction.SourceBatch) -> StreamRun.Batch {
            defer {
                turn += 1
                row += batch.rows.count + batch.bad.count
            }
            run.metrics.read(rows: batch.rows.count + batch.bad.count)
            return StreamRun.Batch(
                turn: turn, number: (resume?.batches ?? 0) + turn, rows: batch.rows, bad: batch.bad, position: batch.position, firstRow: row
            )
        }
        guard through.parallelism > 1 else {
            return try await feed(run) { batch in
                try await through.take(numbered(batch))
                if through.isStopped { throw Stopped() }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            do {
                try await feed(run) { batch in
                    if underWay == through.parallelism {
                        try await group.next()
                        underWay -= 1
                    }
                    if through.isStopped { throw Stopped() }
                    let next = numbered(batch)
                    group.addTask { try await through.take(next) }
                    underWay += 1
                }
            } catch  where through.isStopped {
                // Those before the one that aborted are finished all the same.
                run.logger.debug("a function aborted the flow")
            }
            try await group.waitForAll()
        }
    }

    /// Of what a run of this flow is made; a checkpoint is good for the same only.
    func shape(params: [String: String]) -> String {
        func text(_ params: [String: String]) -> String {
            params.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\u{1}")
        }
        let parts = [definition.source ?? "", text(params)] + steps.map { "\($0.definition.name)\u{2}\(text($0.params))" }
        return String(StableHash.value(of: parts.joined(separator: "\u{3}")), radix: 16)
    }
}

/// What a run writes beside what its functions save.
extension FlowRun {
    /// Saves dead letters, through a connector that need not be the function's own.
    func save(_ letters: [DeadLetter], through built: BuiltConnector, for place: Flow.Step, _ writers: OpenWriters) async throws {
        // The run says where they go, as for everything that it saves.
        var params = place.params.merging(options.params) { _, run in run }
        // What is there already is kept: the letters of one run must not replace those of another.
        params["mode"] = built.definition.params["mode"] ?? "append"
        let request = request(built, place, params)
        let target = OpenWriters.Target(
            function: place.definition.name, step: place.number, connector: built.definition.name, params: params)
        try await writers.write(letters, to: target) { try await built.connector.writer(request) }
        try await writers.commit([target], durable: false)
    }

    /// Rows that a source could not read, as dead letters of the flow's first function.
    func send(_ rows: [BadRow], of place: Flow.Step, through built: BuiltConnector) async throws {
        let time = clock.timestamp()
        let letters = rows.map { letter($0, $0.text, of: place, attempt: 1, time) }
        guard let writers else { return }
        try await save(letters, through: built, for: place, writers)
    }

    func letter(_ bad: BadRow, _ text: String, of place: Flow.Step, attempt: Int, _ time: Double) -> DeadLetter {
        let row = try? RowCodec().row(FieldValue.self, from: RowCodec().bytes(of: text))
        return DeadLetter(
            flow: flow.name, run: id, function: place.definition.name, step: place.number, attempt: attempt, row: row ?? .string(text),
            error: bad.cause, field: bad.field, source: bad.source, time: time)
    }

    /// Opens a target anew where an earlier attempt left it.
    func reopen(_ sink: FlowCheckpoint.Sink) async throws {
        guard let writers, flow.steps.indices.contains(sink.target.step) else { return }
        let place = flow.steps[sink.target.step]
        guard
            let built = [place.connector, place.deadLetters].compactMap(\.self).first(where: { $0.definition.name == sink.target.connector }
            )
        else {
            throw FlowError(.checkpoint, "the flow has no connector \"\(sink.target.connector)\" at \(label(sink.target.step)) any more")
        }
        var request = request(built, place, sink.target.params)
        request.resume = sink.position
        writers.add(try await built.connector.writer(request), for: sink.target)
    }

    private func request(_ built: BuiltConnector, _ place: Flow.Step, _ params: [String: String]) -> ConnectorRequest {
        ConnectorRequest(
            connector: built.definition, flow: flow.name, function: place.definition.name, mode: place.definition.mode, params: params,
            batch: batch)
    }
}

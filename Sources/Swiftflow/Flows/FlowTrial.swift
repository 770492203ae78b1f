import KisConnectors
import KisFlow

/// One run of a flow from the command line.
struct FlowTrial: Sendable {
    enum Rows: Sendable {
        /// Those of the flow's source, or what its functions load.
        case own
        case connector(String)
        case deadLetters(path: String)
    }

    /// More are split over several files; they are all in memory.
    private static let maximumLetters = 100_000

    private let catalog: FlowCatalog
    private let flow: Flow
    private let rows: Rows
    private let stream: StreamOptions
    private let options: RunOptions
    private let output: String?

    /// - Throws: `FlowError` when the flow is not there, or cannot run here.
    init(
        catalog: FlowCatalog, flow: String, rows: Rows, stream: StreamOptions, batchRows: Int?, options: RunOptions, output: String?
    ) throws {
        self.catalog = catalog
        self.flow = try catalog.flow(flow)
        self.rows = rows
        self.options = options
        self.output = output
        var stream = stream
        if let batchRows {
            var batch = self.flow.definition.batch
            batch.maxRows = batchRows
            stream.batch = batch
        }
        self.stream = stream
    }

    /// - Returns: one result; with dead letters one for each function that had some.
    func run() async throws -> [FlowResult] {
        let output = try output.map { try RowOutput($0) }
        do {
            let results = try await results(output)
            try output?.finish()
            await catalog.close()
            return results
        } catch {
            output?.abandon()
            await catalog.close()
            throw error
        }
    }

    private func results(_ output: RowOutput?) async throws -> [FlowResult] {
        switch rows {
        case .own where flow.definition.source == nil: return try [taking(await flow.run(options: options), output)]
        case .own: return [try await streamed(nil, output)]
        case .connector(let name): return [try await streamed(name, output)]
        case .deadLetters(let path): return try await flow.rerun(letters(path), options: options).map { try taking($0, output) }
        }
    }

    private func streamed(_ source: String?, _ output: RowOutput?) async throws -> FlowResult {
        try await flow.run(source: source, stream, options: options) { try output?.write($0) }
    }

    private func taking(_ result: FlowResult, _ output: RowOutput?) throws -> FlowResult {
        if result.status == .completed { try output?.write(result.rows) }
        return result
    }

    private func letters(_ path: String) async throws -> [DeadLetter] {
        let definition = ConnectorDefinition(name: "--dead-letters", type: "jsonl", address: path)
        let request = ConnectorRequest(connector: definition, flow: flow.name, function: "", mode: .load, params: [:])
        var letters: [DeadLetter] = []
        try await FileConnector(definition).load(DeadLetter.self, request) { batch in
            if let bad = batch.bad.first { throw FlowError(badRow: bad, wanted: "a dead letter") }
            letters += batch.rows
            guard letters.count <= Self.maximumLetters else {
                throw FlowError(.parameter, "\(path) has more than \(Self.maximumLetters) dead letters; split it")
            }
        }
        return letters
    }
}

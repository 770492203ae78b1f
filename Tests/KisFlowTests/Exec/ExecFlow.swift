import KisConnectors
import KisFlow
import Testing

/// A flow of one exec function, for tests.
struct ExecFlow {
    var mode = FunctionMode.calculate
    var params: [String: String] = [:]
    var must: [String] = []
    var retryTimes = 0
    var onError = ErrorRowPolicy.fail
    var connectors: [ConnectorDefinition] = []
    var parallelism = 1
    var directory: String?
    let command: [String]

    init(_ command: [String]) {
        self.command = command
    }

    /// A program in Python that has read `json`, `os` and `sys`.
    init(python lines: String) {
        self.init(["python3", "-c", "import json, os, sys\n" + lines])
    }

    /// A Python program whose `each(row)` gives what is written for a row.
    init(pythonRows body: String) {
        self.init(python: body + "\nfor line in sys.stdin:\n    print(json.dumps(each(json.loads(line))))\n")
    }

    init(shell line: String) {
        self.init(["/bin/sh", "-c", line])
    }

    func flow() throws -> Flow {
        var registry = FlowRegistry()
        try registry.registerExecFunctions(directory: directory)
        try registry.registerFileConnectors()
        let function = FunctionDefinition(
            name: "program", mode: mode, type: "exec", command: command, source: .init(must: must), retryTimes: retryTimes,
            defaultParams: params, onError: onError)
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "exec", steps: [.init("program")], parallelism: parallelism)], functions: [function],
            connectors: connectors)
        return try FlowCatalog(configuration, registry: registry).flow("exec")
    }

    func run<Row: Codable & Sendable>(_ rows: [Row], notes: Notes<String> = Notes()) async throws -> FlowResult {
        try await flow().run(FlowRows(rows), options: Self.options(notes))
    }

    /// Runs the rows as a stream of batches with so many of them, and gives what came out.
    func stream<Row: Codable & Sendable>(
        _ rows: [Row], batch: Int, notes: Notes<String> = Notes()
    ) async throws -> (result: FlowResult, rows: FlowRows) {
        let out = Notes<FlowRows>()
        let stream = AsyncStream { continuation in
            for row in rows { continuation.yield(row) }
            continuation.finish()
        }
        let result = try await flow().run(
            stream: stream, StreamOptions(batch: BatchPolicy(maxRows: batch)), options: Self.options(notes)
        ) { out.add($0) }
        return (result, FlowRows(try out.all.flatMap { try $0.values(as: String.self) }))
    }

    /// What functions say during a run is noted.
    static func options(_ notes: Notes<String>) -> RunOptions {
        RunOptions(observer: { event in
            if case .message(_, let text) = event { notes.add(text) }
        })
    }
}

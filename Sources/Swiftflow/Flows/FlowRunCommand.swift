import ArgumentParser
import Foundation
import KisFlow

/// `flow run`.
struct FlowRunCommand<Program: WorkerProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "run", abstract: "Run a flow in this process.",
            discussion: """
                Rows come from --input, else from the flow's source or --source, else from the flow's own Load functions. A file may be larger than memory.
                What functions say, and how far the run has come, goes to standard error; the table of results to standard output, or with --output - \
                to standard error too.

                EXAMPLES:
                  \(Program.name) flow run Orders --flows flows --input orders.jsonl
                  cat orders.jsonl | \(Program.name) flow run Orders --flows flows --input - --output - > scored.jsonl
                  \(Program.name) flow run Delays --flows flows --param day=3 --param out=/tmp/out --json
                  \(Program.name) flow run Orders --flows flows --dead-letters bad.jsonl

                \(FlowExit.table)
                """)
    }

    @OptionGroup var folder: FlowFolder

    @Argument(help: "The flow's name.") var flow: String

    @Option(
        help: "Rows: a file of JSON lines (.jsonl, .json), CSV, TSV or text lines, packed with gzip or not; - for standard input.",
        completion: .file())
    var input: String?

    @Option(help: "What the input is where its name does not say so: jsonl, csv, tsv or text.") var format: InputFormat?

    @Option(help: "Run on the rows of this connector of the configuration.") var source: String?

    @Option(help: "Feed rows that an earlier run left out back in, from a file of dead letters (JSON lines).", completion: .file())
    var deadLetters: String?

    @Option(
        name: .customLong("param"), help: "A parameter of the run, NAME=VALUE; may be given several times.", transform: FlowParameter.init)
    var params: [FlowParameter] = []

    @Option(help: "Where the last function's rows go, as JSON lines: a file, or - for standard output.", completion: .file())
    var output: String?

    @Option(help: "How many batches are under way at once.") var parallelism: Int?

    @Option(help: "How many rows a batch has.") var batch: Int?

    @Flag(help: "Print the result as JSON, errors too.") var json = false

    func validate() throws {
        let inputs = [input.map { _ in "--input" }, source.map { _ in "--source" }, deadLetters.map { _ in "--dead-letters" }].compactMap(
            \.self)
        if inputs.count > 1 { throw ValidationError("\(inputs.joined(separator: " and ")) are given; rows come from one of them") }
        if format != nil, input == nil { throw ValidationError("--format says what --input is, which is not given") }
        if let parallelism, !(1...256).contains(parallelism) { throw ValidationError("--parallelism must be from 1 to 256") }
        if let batch, batch < 1 { throw ValidationError("--batch must be at least 1") }
        for (name, same) in Dictionary(grouping: params, by: \.name).sorted(by: { $0.key < $1.key }) where same.count > 1 {
            throw ValidationError("--param \(name) is given twice; give it once")
        }
    }

    func run() async throws {
        let console = FlowConsole(Program.name, json: json, rowsOnOutput: output == "-")
        var exit = FlowExit.completed
        var isRunning = false
        do {
            let trial = try trial(console)
            isRunning = true
            let results = try await Interruptions.run { try await trial.run() }
            exit = FlowExit(results.first { $0.status != .completed }?.status ?? .completed)
            try console.show(results)
        } catch {
            exit = FlowExit(error, isRunning: isRunning)
            console.fail(error, exit)
        }
        if exit != .completed { throw ExitCode(exit.rawValue) }
    }

    private func trial(_ console: FlowConsole) throws -> FlowTrial {
        let folder = try folder.path()
        var registry = try WorkerSetup.functions(Program.self, flowDirectory: folder)
        var configuration = try FlowConfiguration.load(directory: folder)
        var rows = FlowTrial.Rows.own
        if let source { rows = .connector(source) }
        if let deadLetters { rows = .deadLetters(path: deadLetters) }
        if let input {
            let connector = try FlowInput(path: input, format: format).add(to: &configuration, &registry)
            rows = .connector(connector)
        }
        let params = Dictionary(params.map { ($0.name, $0.value) }) { first, _ in first }
        return try FlowTrial(
            catalog: FlowCatalog(configuration, registry: registry), flow: flow, rows: rows,
            stream: StreamOptions(batch: nil, parallelism: parallelism), batchRows: batch,
            options: RunOptions(params: params, observer: { console.observe($0) }), output: output)
    }
}

/// A parameter as it is given on the command line.
struct FlowParameter: Sendable {
    let name: String
    let value: String

    /// The name ends at the first `=`; the value may contain more of them and may be empty.
    init(_ text: String) throws {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else { throw ValidationError("write it as NAME=VALUE") }
        name = String(text[..<sign])
        value = String(text[text.index(after: sign)...])
    }
}

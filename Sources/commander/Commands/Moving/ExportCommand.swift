import ArgumentParser
import Console
import Engine
import Records

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander export`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write runs, with definitions, tasks, commands and traces, as lines of JSON.",
        discussion: """
            commander import reads them into the store that its --url names, so that a run from one store can be looked at in another, or be sent along with a bug report.
            Runs that tasks of a run have started come with it. Variables, parameters, outputs and traces are in it as they are: look through it before you give it away.
            With --output the file appears when it is whole. With --json what was written is said as JSON on standard error, since standard output is the export.

            EXAMPLES:
              commander export 01jk2m --output run.jsonl
              commander export --dag flights --since 2d | gzip > flights.jsonl.gz
              commander export --all --url "$OLD" | commander import - --url "$NEW"
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Ids of runs; or say which by --dag or --all.", completion: StoreCompletion.runs)
    var ids: [String] = []

    @Option(help: "All runs of this DAG.", completion: StoreCompletion.dags)
    var dag: String?

    @Flag(help: "All runs of all DAGs.")
    var all = false

    @Option(
        help: ArgumentHelp("With --dag or --all: only runs submitted since: 1h, 2d, 2026-01-31.", valueName: "time"),
        transform: Moment.parse)
    var since: Moment?

    @Option(help: ArgumentHelp("Write to this file; otherwise to standard output.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
        guard [!ids.isEmpty, dag != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("say which runs to export: their ids, or --dag NAME, or --all")
        }
        if since != nil, !ids.isEmpty { throw ValidationError("--since goes with --dag or --all, not with ids of runs") }
    }

    func run() async throws {
        let terminal = options.terminal
        let place = try ExportPlace(output)
        if output == nil, terminal.isInteractive {
            terminal.printError("commander: this goes to the terminal; --output FILE writes a file\n")
        }
        _ = Interrupt(notice: "commander: interrupted; what was written is no whole export", terminal: terminal)
        let (moved, leftOut) = try await options.connected { connection in
            var export = RunExport(store: connection.store) { try place.output.write($0) }
            var progress = ProgressBar(
                terminal, what: "export", unit: "runs", isShown: output != nil && !options.json, glyphs: options.glyphs)
            try await export.run(choice, now: Date()) { moved in try progress.show(done: moved.runs, of: choice.count) }
            try progress.clear()
            return (export.moved, export.leftOut)
        }
        try place.finish()
        try say(MovedReport(exported: moved, to: output, leftOut: leftOut), terminal)
    }

    private var choice: RunExport.Choice { ids.isEmpty ? .all(dagId: dag, since: since?.date(now: Date())) : .runs(ids) }

    /// Where the export goes to standard output, what is said of it goes to standard error.
    private func say(_ report: MovedReport, _ terminal: Terminal) throws {
        if output != nil { return try terminal.show(report, json: options.json) }
        guard options.json || !report.leftOut.isEmpty else { return }
        terminal.printError(options.json ? JSONOutput.line(report) : report.text(Layout(now: Date())))
    }
}

extension RunExport.Choice {
    /// How many runs there will be at least, where that is known.
    fileprivate var count: Int? {
        if case .runs(let ids) = self { return ids.count }
        return nil
    }
}

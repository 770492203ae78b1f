import ArgumentParser
import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a run of a DAG.",
        discussion: """
            Without --wait and --watch it ends as soon as the run is submitted, and prints the run's id.
            With them it ends when the run does (or is blocked), with exit code 0 only if the run succeeded. Ctrl-C leaves the run going.
            --dry-run submits nothing: it shows the order of the tasks, their parameters as far as the variables alone tell them, and the nodes that could take them.

            EXAMPLES:
              commander run flights --var month=01 --watch
              commander run flights --var month=01 --id flights-2013-01 --priority 5
              commander run flights --var month=01 --dry-run
              commander run flights --version 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --wait --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags)
    var dag: String

    @Option(
        name: .customLong("var"), help: ArgumentHelp("A variable of the DAG; may be given more than once.", valueName: "key=value"),
        transform: KeyValue.parse)
    var variables: [KeyValue] = []

    @Option(
        name: .customLong("tag"), help: ArgumentHelp("A tag of the run; may be given more than once.", valueName: "key=value"),
        transform: KeyValue.parse)
    var tags: [KeyValue] = []

    @Option(help: ArgumentHelp("An id for the run: submitting twice with one id starts one run.", valueName: "key"))
    var id: String?

    @Option(help: "A version that was applied at some time, as `dag history` prints it; otherwise the current one.")
    var version: String?

    @Option(help: "Runs of higher priority are given out first; otherwise the DAG's. From -1000000 to 1000000.")
    var priority: Int?

    @Option(
        name: .customLong("max-waiting-runs"),
        help:
            "Refuse if so many runs wait for their start in the whole cluster (default 1000000); SWIFTFLOW_MAX_WAITING_RUNS where it is not given."
    )
    var maxWaitingRuns: Int?

    @Flag(name: .customLong("dry-run"), help: "Only show what the run would do.")
    var dryRun = false

    @Flag(help: "Wait for the end, then print the result.")
    var wait = false

    @Flag(help: "Show progress until the end.")
    var watch = false

    func validate() throws {
        if wait && watch { throw ValidationError("--wait and --watch exclude each other; give one of them") }
        if dryRun && (wait || watch) { throw ValidationError("--dry-run starts nothing that could be waited for") }
        if let priority, !(-1_000_000...1_000_000).contains(priority) {
            throw ValidationError("--priority must be from -1000000 to 1000000")
        }
        _ = try KeyValue.dictionary(variables, option: "--var")
        _ = try KeyValue.dictionary(tags, option: "--tag")
    }

    func run() async throws {
        let terminal = options.terminal
        if dryRun { return try await preview(terminal) }
        let limit = try waitingLimit()
        let interrupt = Interrupt(
            notice: "commander: interrupted; the run may have been submitted: look with commander list --dag \(dag)", terminal: terminal)
        let status = try await options.connected(maxWaitingRuns: limit) { try await execute($0.commander, terminal, interrupt) }
        if status != .success { throw ExitCode(status.rawValue) }
    }

    private func preview(_ terminal: Terminal) async throws {
        let request = try request
        let found = try await options.connected { try await $0.commander.preview(request) }
        try terminal.show(PreviewReport(found.preview, version: found.version), json: options.json)
    }

    private var request: RunRequest {
        get throws {
            RunRequest(
                dagId: dag, vars: try KeyValue.dictionary(variables, option: "--var"), id: id,
                tags: try KeyValue.dictionary(tags, option: "--tag"), version: version, priority: priority)
        }
    }

    /// How many runs may wait in all.
    /// - Throws: `Failure` for a value that makes no sense.
    func waitingLimit(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Int {
        let text = maxWaitingRuns.map(String.init) ?? environment["SWIFTFLOW_MAX_WAITING_RUNS"] ?? ""
        guard !text.isEmpty else { return Commander.defaultMaxWaitingRuns }
        guard let value = Int(text), (1...100_000_000).contains(value) else {
            throw Failure(
                .usage, "--max-waiting-runs (or SWIFTFLOW_MAX_WAITING_RUNS) is '\(text)', it must be a whole number from 1 to 100000000")
        }
        return value
    }

    private func execute(_ commander: Commander, _ terminal: Terminal, _ interrupt: Interrupt) async throws -> ExitStatus {
        let request = try request
        let run = try await commander.run(
            dagId: dag, vars: request.vars, id: id, tags: request.tags, version: version, priority: priority)
        interrupt.say(
            "commander: interrupted; the run goes on: look at it with commander show \(run.id), or commander trace \(run.id) --follow")
        guard wait || watch else {
            try terminal.show(SubmissionReport(run: run), json: options.json)
            return .success
        }
        do {
            let follow = RunProgress(commander: commander, terminal: terminal, json: options.json, id: run.id)
            let end = watch ? try await follow.watch() : try await follow.wait()
            return end == .success ? .success : .failed
        } catch {
            throw Self.lostSight(of: run.id, error)
        }
    }

    /// The run goes on, whatever keeps us from seeing it.
    private static func lostSight(of id: String, _ error: any Error) -> any Error {
        if error is ClosedOutput { return error }
        var failure = Failure(error)
        failure.message += "\n  the run goes on: look at it with commander show \(id)"
        return failure
    }
}

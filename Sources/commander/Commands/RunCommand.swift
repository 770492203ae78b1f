import ArgumentParser
import Engine
import Workflow

/// `commander run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a run of a DAG.",
        discussion: """
            Without --wait and --watch it ends as soon as the run is submitted, and prints the run's id.
            With them it ends when the run does (or is blocked), with exit code 0 only if the run succeeded. Ctrl-C leaves the run going.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.")
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

    @Flag(help: "Wait for the end, then print the result.")
    var wait = false

    @Flag(help: "Show progress until the end.")
    var watch = false

    func validate() throws {
        if wait && watch { throw ValidationError("--wait and --watch exclude each other; give one of them") }
        _ = try KeyValue.dictionary(variables, option: "--var")
        _ = try KeyValue.dictionary(tags, option: "--tag")
    }

    func run() async throws {
        let terminal = options.terminal
        let interrupt = Interrupt(
            notice: "commander: interrupted; the run may have been submitted: look with commander list --dag \(dag)", terminal: terminal)
        let status = try await options.connected { try await execute($0.commander, terminal, interrupt) }
        if status != .success { throw ExitCode(status.rawValue) }
    }

    private func execute(_ commander: Commander, _ terminal: Terminal, _ interrupt: Interrupt) async throws -> ExitStatus {
        let vars = try KeyValue.dictionary(variables, option: "--var")
        let tags = try KeyValue.dictionary(tags, option: "--tag")
        let run = try await commander.run(dagId: dag, vars: vars, id: id, tags: tags)
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

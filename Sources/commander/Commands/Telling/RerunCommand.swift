import ArgumentParser
import Console
import Engine
import Workflow

/// `commander rerun`.
struct RerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Run finished tasks again, and all that follow from them.",
        discussion: """
            With --var a new run begins, of the same version of the DAG and with the variables of the earlier run but for those that are given. It uses the work that had \
            succeeded, except from the --from tasks on. The earlier run must be over, and stays as it is.

            EXAMPLES:
              commander rerun 01jk2m --from transform
              commander rerun 01jk2m --from report --var month=02
              commander rerun --dag flights --since 1d --from report --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions
    @OptionGroup var watching: WatchOption

    @Option(
        help: "The task from which on the run is to run again; may be given more than once.", completion: StoreCompletion.tasks)
    var from: [String] = []

    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A variable of the new run; may be given more than once.", valueName: "key=value"), transform: KeyValue.parse)
    var variables: [KeyValue] = []

    @Option(help: ArgumentHelp("With --var, an id for the new run: submitting twice with one id starts one run.", valueName: "key"))
    var newId: String?

    func validate() throws {
        if from.isEmpty, variables.isEmpty { throw ValidationError("name the task from which on the run is to run again: --from TASK") }
        if !variables.isEmpty, telling.id == nil { throw ValidationError("--var makes a new run of one run; name it") }
        if newId != nil, variables.isEmpty { throw ValidationError("--new-id is for the new run that --var makes") }
        _ = try KeyValue.dictionary(variables, option: "--var")
    }

    func run() async throws {
        guard let id = telling.id, !variables.isEmpty else {
            return try await Telling(kind: .rerun, telling: telling, options: options, tasks: from, watch: watching.watch).run()
        }
        let vars = try KeyValue.dictionary(variables, option: "--var")
        let terminal = options.terminal
        let end: DagInstanceStatus? = try await options.connected { connection in
            let run = try await connection.commander.reuse(id, from: from, vars: vars, id: newId)
            guard watching.watch || telling.wait else {
                try terminal.show(SubmissionReport(run: run), json: options.json)
                return nil
            }
            _ = Interrupt(notice: "commander: interrupted; the run goes on: look at it with commander show \(run.id)", terminal: terminal)
            let progress = RunProgress(commander: connection.commander, terminal: terminal, json: options.json, id: run.id)
            return watching.watch ? try await progress.watch() : try await progress.wait()
        }
        if let end, end != .success { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

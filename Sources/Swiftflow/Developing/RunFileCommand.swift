public import ArgumentParser
import Console
import Foundation

/// The `run` command of a program: runs one DAG file to the end in this process, with the program's own actions and flows.
public struct RunFileCommand<Program: WorkerProgram>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "run", abstract: "Run one DAG file to the end in this process, without a server.",
            discussion: """
                The file is checked and becomes the current version of its DAG in the store, and a run of it is done here. What tasks say, and how far they are, is shown as it happens; on a pipe line by line.

                --from runs from a task on: what is before it is taken from the last run of the DAG that is over, whatever version that had. Fan-outs and what had not succeeded run anew; a task that comes \
                before TASK must have succeeded. --task runs that task alone, with what the last run has left; all else is skipped. Variables of the last run hold unless they are given.

                Ctrl-C cancels the run, and says how to go on; a second one ends the process at once.

                EXAMPLES:
                  \(Program.name) run dags/hello.yaml --var name=Ada
                  \(Program.name) run dags/hello.yaml --from count
                  \(Program.name) run dags/hello.yaml --memory --json

                EXIT CODES: 0 the run succeeded; 1 it did not; 2 bad arguments, file or variables; 3 the store cannot be reached; 4 there is no earlier run, or no such task; 5 a result that is needed is missing; \
                130 interrupted.
                """)
    }

    @Argument(help: "The DAG's file.", completion: .file(extensions: ["yaml", "yml"])) var file: String

    @Option(
        name: .customLong("var"), help: ArgumentHelp("A variable of the DAG; may be given more than once.", valueName: "key=value"),
        transform: KeyValue.parse)
    var variables: [KeyValue] = []

    @Option(help: "Run from this task on, and take what is before it from the last run; may be given more than once.") var from: [String] =
        []
    @Option(help: "Run this task alone, with what the last run has left.") var task: String?
    @Flag(help: "Keep nothing: the store is in memory, and ends with the process.") var memory = false
    @Flag(help: "Print one JSON object a line, errors too.") var json = false
    @OptionGroup var options: DeveloperOptions

    public init() {}

    public func validate() throws {
        _ = try KeyValue.dictionary(variables, option: "--var")
        if task != nil, !from.isEmpty { throw ValidationError("--task runs one task, --from all from a task on; give one of them") }
        if memory, options.url != nil { throw ValidationError("--memory and --url name two stores; give one of them") }
        if memory, task != nil || !from.isEmpty {
            throw ValidationError("--memory keeps no earlier run, which --task and --from go on from; leave it out")
        }
    }

    public func run() async throws {
        let screen = options.screen(Program.name)
        try await Program.ending(screen.terminal, json: json) {
            let trial = FileTrial(
                program: Program.name, file: file, vars: try KeyValue.dictionary(variables, option: "--var"), from: from, task: task,
                place: memory ? .memory : options.place, json: json, screen: screen,
                next: NextStep(program: Program.name, file: file, options: repeated))
            return try await trial.run(Program.self, flowDirectory: try options.flowDirectory())
        }
    }

    /// What the next call must say again.
    private var repeated: [String] {
        let named = [("--url", options.url), ("--flows", options.flows)]
        return named.flatMap { name, value in value.map { [name, Redaction.withoutCredentials($0)] } ?? [] }
    }
}

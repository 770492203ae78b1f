public import Engine
import Subprocess
import Workflow

/// `shell`: runs a command or a script.
///
/// Its lines go into the trace as they come (standard error as warnings), at most 1 GiB for an attempt. Standard output is left for later
/// tasks (see `ShellOutput`). An exit code other than those of `successCodes` fails the attempt with the last lines of standard error. The
/// processes are a group of their own: on cancellation and timeout, and when the first of them ends, all get SIGTERM, and SIGKILL
/// `killAfter` later.
///
/// They do not outlive their worker, even where that is killed with SIGKILL: within about a second they have had SIGTERM and SIGKILL
/// (`CommandGuard`). A worker that is only stopped (SIGSTOP) leaves them running. In both cases, and at the end of a task, processes that
/// have made a session or group of their own (`setsid`, a daemon) are not reached.
///
/// The process finds `SWIFTFLOW_RUN_ID`, `SWIFTFLOW_DAG_ID`, `SWIFTFLOW_TASK_ID`, `SWIFTFLOW_ATTEMPT` and `SWIFTFLOW_FENCING_TOKEN` in its
/// environment, which is what a fencing token is for; `SWIFTFLOW_COMMAND_ID` is for the guard.
public struct ShellAction: Action {
    public static let name = "shell"

    /// How much of the output of one attempt is kept in the trace, in bytes.
    public let traceLimit: Int
    private let clock: any Clock<Duration>
    private let commandGuard: CommandGuard

    public init(traceLimit: Int = 1 << 30, clock: any Clock<Duration> = ContinuousClock()) {
        self.init(traceLimit: traceLimit, clock: clock, commandGuard: CommandGuard())
    }

    init(traceLimit: Int = 1 << 30, clock: any Clock<Duration> = ContinuousClock(), commandGuard: CommandGuard) {
        self.traceLimit = traceLimit
        self.clock = clock
        self.commandGuard = commandGuard
    }

    public func run(_ context: ActionContext, _ parameters: ShellParameters) async throws {
        let invocation = try ShellInvocation(parameters, for: context)
        try Task.checkCancellation()
        let result = try await start(invocation, context)
        if result.wasStopped { throw CancellationError() }
        let code: Int32 =
            switch result.ending {
            case .exited(let code): code
            // The number that shells give to it.
            case .signaled(let signal): 128 + signal
            }
        if result.output.total > ShellOutput.textLimit {
            await context.trace(
                "standard output has \(result.output.total) bytes; of it only the last lines, \(ShellOutput.textLimit) bytes at most, are left for later tasks as output.stdout"
                    + (result.output.whole == nil ? ", and no output.json of the whole (1 MiB at most)" : ""), level: .warning)
        }
        try await leave(ShellOutput(exitCode: code, output: result.output, parsingOn: context.blocking), context)
        try Self.check(result, successCodes: invocation.successCodes)
    }

    private func start(_ invocation: ShellInvocation, _ context: ActionContext) async throws -> ProcessResult {
        do {
            let (input, (command, warning)) = try await context.blocking.run {
                let input = try StandardInput.open(invocation.stdin)
                return (input, commandGuard.announce())
            }
            let process = ProcessRun(
                configuration: invocation.configuration(id: command.id), command: command, input: input, killAfter: invocation.killAfter,
                trace: OutputTrace(context.trace, limit: traceLimit), clock: clock)
            if let warning { await context.trace(warning, level: .warning) }
            return try await process()
        } catch let error as SubprocessError {
            throw invocation.explain(error)
        }
    }

    /// Without the JSON where it is too large to be kept.
    private func leave(_ output: ShellOutput, _ context: ActionContext) async throws {
        do {
            try context.setOutput(output)
        } catch  where output.json != nil {
            await context.trace("the JSON of standard output is not kept for later tasks: \(error)", level: .warning)
            var rest = output
            rest.json = nil
            try context.setOutput(rest)
        }
    }

    private static func check(_ result: ProcessResult, successCodes: Set<Int32>) throws(ActionError) {
        let ending: String
        switch result.ending {
        case .exited(let code):
            guard !successCodes.contains(code) else { return }
            ending = "exited with code \(code)"
        case .signaled(let signal): ending = "was ended by signal \(signal)"
        }
        let lines = result.errors.text(upTo: 2048).split(whereSeparator: \.isNewline).suffix(5)
        throw ActionError(lines.isEmpty ? ending : "\(ending): \(lines.joined(separator: "\n"))")
    }
}

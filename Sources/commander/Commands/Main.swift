import ArgumentParser
import Console
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs the command that the arguments name, and turns whatever comes of it into messages and an exit code.
@main
enum Main {
    static func main() async {
        // A closed pipe is an error of `write` then, which ends the process quietly.
        signal(SIGPIPE, SIG_IGN)
        // What libraries have to say below an error is for nodes; standard error is read by people, and with --json by programs.
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .error
            return handler
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        exit(await run(arguments, errors: .descriptor(STDERR_FILENO)).rawValue)
    }

    /// - Returns: what the process exits with.
    static func run(_ arguments: [String], errors: Output) async -> ExitStatus {
        do {
            let commands = CommanderCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
            if let topic = TopicRequest(arguments, commands: commands) {
                let terminal = Terminal.standard(program: "commander", noColor: false)
                try terminal.print(Wrapping.text(try topic.text, width: min(terminal.layout.width ?? 100, 100)))
                return .success
            }
            var command = try await CommanderCommand.asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            return report(error, json: arguments.prefix { $0 != "--" }.contains("--json"), errors)
        }
    }

    private static func report(_ error: any Error, json: Bool, _ errors: Output) -> ExitStatus {
        if let code = error as? ExitCode, let status = ExitStatus(rawValue: code.rawValue) { return status }
        if error is ClosedOutput { return .closedOutput }
        // Help and version are errors to the parser.
        if CommanderCommand.exitCode(for: error) == .success {
            return printHelp(CommanderCommand.fullMessage(for: error))
        }
        let failure = Failure.behind(error)
        try? errors.write(json ? failure.json : failure.text(from: "commander"))
        return failure.status
    }

    private static func printHelp(_ help: String) -> ExitStatus {
        do { try Output.descriptor(STDOUT_FILENO).write(help + "\n") } catch { return .closedOutput }
        return .success
    }
}

import Engine
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The parameters of a `shell` task, checked, as what is to be started.
struct ShellInvocation {
    let program: String
    let arguments: [String]
    let environment: [String: String]
    let cwd: String?
    let stdin: String?
    let successCodes: Set<Int32>
    let killAfter: Duration

    /// - Throws: `ActionError` that names the parameter.
    init(_ parameters: ShellParameters, for context: ActionContext) throws(ActionError) {
        (program, arguments) = try Self.program(of: parameters)
        for text in [program] + arguments where text.utf8.contains(0) {
            throw ActionError("params.\(parameters.script == nil ? "command" : "script") contains a NUL, which no command line can carry")
        }
        environment = try Self.environment(parameters.env ?? [:], context)
        cwd = parameters.cwd
        guard cwd.map({ !$0.isEmpty && !$0.utf8.contains(0) }) ?? true else { throw ActionError("params.cwd is empty or contains a NUL") }
        stdin = parameters.stdin
        successCodes = Set(parameters.successCodes ?? [0])
        guard !successCodes.isEmpty else { throw ActionError("params.successCodes is empty, so the task could never succeed") }
        killAfter = try Duration(parameters.killAfter ?? "5s", parameter: "params.killAfter")
    }

    private static func program(of parameters: ShellParameters) throws(ActionError) -> (String, [String]) {
        if parameters.script == nil, parameters.shell != nil { throw ActionError("params.shell is only for 'script'") }
        switch (parameters.command, parameters.script) {
        case (.line(let line)?, nil):
            guard !line.isEmpty else { throw ActionError("params.command is empty") }
            return ("/bin/sh", ["-c", line])
        case (.arguments(let words)?, nil):
            guard let program = words.first, !program.isEmpty else { throw ActionError("params.command: the list names no program") }
            return (program, Array(words.dropFirst()))
        case (nil, let script?):
            guard parameters.shell?.isEmpty != true else { throw ActionError("params.shell is empty") }
            return (parameters.shell ?? "/bin/sh", ["-c", script])
        case (nil, nil): throw ActionError("params: give a 'command' or a 'script'")
        case (_?, _?): throw ActionError("params: give a 'command' or a 'script', not both")
        }
    }

    private static func environment(_ given: [String: String], _ context: ActionContext) throws(ActionError) -> [String: String] {
        for (name, value) in given {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0), name.utf8.first.map({ !(0x30...0x39).contains($0) }) ?? false
            else {
                throw ActionError("params.env: '\(name)' cannot be the name of an environment variable")
            }
            guard !value.utf8.contains(0) else { throw ActionError("params.env.\(name) contains a NUL") }
        }
        let own = [
            "SWIFTFLOW_RUN_ID": context.dagInsId, "SWIFTFLOW_DAG_ID": context.dagId, "SWIFTFLOW_TASK_ID": context.taskId,
            "SWIFTFLOW_ATTEMPT": String(context.attempt), "SWIFTFLOW_FENCING_TOKEN": String(context.fencingToken),
        ]
        return given.merging(own) { _, own in own }
    }

    /// A session of its own, so that signals to its process group reach everything that it starts, and nothing else.
    ///
    /// - Parameter id: by which the guard knows the command.
    func configuration(id: String) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: killAfter)]
        let changes = environment.merging([GuardedCommand.variable: id]) { _, id in id }.map {
            (Environment.Key(rawValue: $0.key), Optional($0.value))
        }
        return Configuration(
            executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(changes.compactMap { pair in pair.0.map { ($0, pair.1) } }) { _, last in last }),
            workingDirectory: cwd.map { FilePath($0) },
            platformOptions: options
        )
    }

    /// Why the process could not be started, in words about the parameters.
    func explain(_ error: SubprocessError) -> ActionError {
        let reason = error.underlyingError.map { " (\($0))" } ?? ""
        if error.code == .failedToChangeWorkingDirectory, let cwd {
            return ActionError("params.cwd: cannot enter the folder '\(cwd)'\(reason)")
        }
        if error.code == .executableNotFound {
            let place =
                program.contains("/") ? "does not exist or cannot be executed" : "is not in any folder of PATH, or cannot be executed"
            return ActionError("the program '\(program)' \(place), or the interpreter in its first line is missing\(reason)")
        }
        if error.underlyingError == .argListTooLong {
            return ActionError(
                "the command, its arguments and the environment are longer than the system allows; put a long script into a file")
        }
        return ActionError("cannot run '\(program)': \(error.description)")
    }
}

import KisFlow
import Subprocess

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A function whose code is another program; see ``FlowRegistry/registerExecFunctions(directory:)``.
struct ExecFunction: ScopedFunction {
    private let command: ExecCommand
    private let directory: String?

    init(_ definition: FunctionDefinition, directory: String?) throws {
        guard let program = definition.command.first, !program.isEmpty else {
            throw FlowError(.parameter, "a function of type exec needs a command, such as command: [python3, score.py]")
        }
        guard !definition.command.contains(where: { $0.utf8.contains(0) }) else {
            throw FlowError(.parameter, "its command contains a NUL, which no command line can carry")
        }
        command = ExecCommand(program: program, arguments: Array(definition.command.dropFirst()))
        self.directory = directory
        _ = try ExecSettings(definition.defaultParams)
    }

    func withSession(_ context: FlowContext, _ body: (any FunctionSession) async throws -> Void) async throws {
        BrokenPipes.areErrors
        let settings = try ExecSettings(context.params)
        let session = ExecSession(
            ExecProgram.Plan(
                command: command, settings: settings, configuration: configuration(settings, context),
                trace: { context.trace($0) }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await session.runPrograms() }
            try await body(session)
            session.finish()
            try await group.waitForAll()
        }
    }

    /// A session of its own, so that a signal to its process group reaches everything that it starts, and nothing else.
    private func configuration(_ settings: ExecSettings, _ context: FlowContext) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = ExecProgram.teardown
        let own = ["KIS_FLOW": context.flow, "KIS_FUNCTION": context.function.name, "KIS_RUN": context.runID, "PYTHONUNBUFFERED": "1"]
        let variables = own.merging(settings.environment) { _, given in given }
        let changes = variables.compactMap { name, value in Subprocess.Environment.Key(rawValue: name).map { ($0, Optional(value)) } }
        return Configuration(
            executable: command.executable(in: directory), arguments: Arguments(command.arguments),
            environment: .inherit.updating(Dictionary(changes) { _, last in last }),
            workingDirectory: directory.map { FilePath($0) }, platformOptions: options)
    }
}

/// Writing to a program that has ended is an error that can be handled, and not the end of this process.
private enum BrokenPipes {
    /// Programs that are started have the signal's default action again.
    static let areErrors: Void = {
        // Whoever has a handler of its own keeps it.
        if let handler = signal(SIGPIPE, SIG_IGN) { signal(SIGPIPE, handler) }
    }()
}

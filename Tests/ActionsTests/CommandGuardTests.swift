import Engine
import Foundation
import Testing
import Workflow

@testable import Actions

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#endif

@Suite("shell: the guard", .timeLimit(.minutes(1)))
struct CommandGuardTests {
    /// Looks until `isTrue`, ten seconds at most.
    private func within(_ isTrue: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while !isTrue() {
            guard ContinuousClock.now < end else { return false }
            await Task.yield()
        }
        return true
    }

    /// The numbers that a process of ours wrote before it killed itself.
    private func numbers(in result: ExitTest.Result) -> [Int32] {
        String(decoding: result.standardOutputContent, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
    }

    @Test("kill -9 of the worker ends the command and what it has started, also what ignores SIGTERM; the guard goes too")
    func workerKilled() async throws {
        let result = try #require(
            await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
                let commandGuard = CommandGuard()
                let script = "(trap '' TERM; exec sleep 60) & echo $!; sleep 60 & echo $!; echo $$; echo ready; wait"
                try await Self.running(ShellAction(commandGuard: commandGuard), script) { trial in
                    print(trial.messages.joined(separator: "\n"))
                    Self.die(printing: commandGuard.processIdentifier)
                }
            })
        let processes = numbers(in: result)
        #expect(processes.count == 4)
        #expect(await within { !processes.contains(where: isRunning) })
    }

    @Test("a command is ended whose worker dies before it has said which process it is", .enabled(if: isReadable("/proc/self/environ")))
    func announcedOnly() async throws {
        let result = try #require(
            await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
                // The command shares the group of this process, which must not be the one of the tests.
                setpgid(0, 0)
                let commandGuard = CommandGuard()
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/sleep")
                process.arguments = ["60"]
                process.environment = [GuardedCommand.variable: commandGuard.announce().command.id]
                process.standardOutput = FileHandle.nullDevice
                try process.run()
                Self.die(printing: process.processIdentifier)
            })
        let processes = numbers(in: result)
        #expect(processes.count == 1)
        #expect(await within { !processes.contains(where: isRunning) })
    }

    @Test("a guard that was killed has a successor with the next command, which knows what ran before; people are told once")
    func successor() async throws {
        let result = try #require(
            await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
                let commandGuard = CommandGuard()
                let action = ShellAction(commandGuard: commandGuard)
                let script = "echo $$; echo ready; sleep 60 & wait"
                try await Self.running(action, script) { first in
                    if let process = commandGuard.processIdentifier { kill(process, SIGKILL) }
                    while commandGuard.processIdentifier.map(isRunning) == true { await Task.yield() }
                    try await Self.running(action, script) { second in
                        print((first.messages + second.messages).joined(separator: "\n"))
                        Self.die(printing: commandGuard.processIdentifier)
                    }
                }
            })
        let processes = numbers(in: result)
        #expect(processes.count == 3)
        #expect(await within { !processes.contains(where: isRunning) })
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        #expect(output.split(separator: "\n").count { $0.contains("a new one has taken over") } == 1)
    }

    /// Runs a script, and `body` when it has written "ready".
    private static func running(_ action: ShellAction, _ script: String, _ body: (ActionTrial) async throws -> Void) async throws {
        var registry = ActionRegistry()
        try registry.register(action)
        let trial = ActionTrial()
        let work = Task { [registry] in try await trial.run("shell", ["script": .string(script)], in: registry) }
        for await line in trial.lines where line.message == "ready" { break }
        try await body(trial)
        work.cancel()
        _ = await work.result
    }

    private static func die(printing process: Int32?) {
        print(process ?? -1)
        fflush(nil)
        kill(getpid(), SIGKILL)
    }

    @Test("a guard that hangs is replaced when its pipe is full, and holds nobody up")
    func hangs() async throws {
        let commandGuard = CommandGuard()
        commandGuard.announce().command.ended()
        let hanging = try #require(commandGuard.processIdentifier)
        kill(hanging, SIGSTOP)
        // About 20 bytes each: more than a pipe of 64 KiB holds.
        for _ in 0..<5_000 { commandGuard.announce().command.ended() }
        #expect(commandGuard.processIdentifier != hanging)
        #expect(!isRunning(hanging))
    }

    @Test("commands run also where no guard can be started; people are told once")
    func cannotStart() async throws {
        let action = ShellAction(commandGuard: CommandGuard(shell: "/nowhere/sh"))
        var registry = ActionRegistry()
        try registry.register(action)
        let trials = [ActionTrial(), ActionTrial()]
        for trial in trials { try await trial.run("shell", ["command": "echo done"], in: registry) }
        #expect(trials.map { $0.messages.contains("done") } == [true, true])
        #expect(trials.map { $0.messages.contains { $0.contains("/nowhere/sh") } } == [true, false])
    }

    @Test("signals for the worker's group and session do not reach the guard, and nothing of the worker is open in it")
    func isolation() async throws {
        let commandGuard = CommandGuard()
        commandGuard.announce().command.ended()
        let guardian = try #require(commandGuard.processIdentifier)
        #expect(getpgid(guardian) == guardian)
        #expect(getsid(guardian) == guardian)
        #if os(Linux)
        #expect(
            await within { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(guardian)/fd").sorted()) == ["0", "1", "2"] })
        #endif
    }

    @Test("the guard goes with its action, without waiting for the end of the process")
    func goes() async throws {
        var commandGuard: CommandGuard? = CommandGuard()
        commandGuard?.announce().command.ended()
        let guardian = try #require(commandGuard?.processIdentifier)
        commandGuard = nil
        #expect(!isRunning(guardian))
    }
}

private func isReadable(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }

import Engine
import Subprocess
import Synchronization

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

/// Runs one process to its end, and whatever it started with it.
///
/// Output is read until both pipes end or the first process does, whichever is first: a process in the background that keeps them open does
/// not hold up the task.
struct ProcessRun: Sendable {
    let configuration: Configuration
    /// What the configuration starts.
    let command: GuardedCommand
    let input: FileDescriptor
    /// From SIGTERM to SIGKILL.
    let killAfter: Duration
    let trace: OutputTrace
    let clock: any Clock<Duration>

    static let outputLimit = 1 << 20
    private static let errorLimit = 8 << 10
    /// How much of each pipe is still read once the first process has ended: more than a pipe holds, so only somebody who is still writing
    /// can exceed it.
    private static let drainLimit = 2 << 20

    /// - Throws: `SubprocessError` if the process cannot be started or watched.
    func callAsFunction() async throws -> ProcessResult {
        let group = ProcessGroup()
        let (stops, stop) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // Cancellation must not reach the reading: a process that is told to stop may still write while it ends, and would wait for ever on
        // a full pipe. So the work is a task of its own, which is always awaited here, and cancellation is a message to it.
        let work = Task { try await run(group, stops) }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            stop.yield()
        }
    }

    private func run(_ group: ProcessGroup, _ stops: AsyncStream<Void>) async throws -> ProcessResult {
        defer { command.ended() }
        let wasStopped = Flag()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await stopWhenTold(group, stops, wasStopped) }
            defer { tasks.cancelAll() }
            var result = try await runToEnd(group)
            result.wasStopped = wasStopped.isSet
            await endRemaining(of: group, wasStopped: result.wasStopped)
            await trace.finish()
            return result
        }
    }

    /// SIGTERM for the group when told to stop, and SIGKILL for it `killAfter` later, unless all is over by then.
    private func stopWhenTold(_ group: ProcessGroup, _ stops: AsyncStream<Void>, _ wasStopped: Flag) async {
        for await _ in stops {
            wasStopped.set()
            group.send(SIGTERM)
            guard (try? await clock.sleep(for: killAfter)) != nil else { return }
            group.send(SIGKILL)
            await trace.trace("not ended \(killAfter) after SIGTERM; sent SIGKILL", level: .warning)
            return
        }
    }

    private func runToEnd(_ group: ProcessGroup) async throws -> ProcessResult {
        let outcome = try await Subprocess.run(
            configuration, input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .sequence, error: .sequence
        ) { execution in
            command.started(execution.processIdentifier.value)
            group.started(execution.processIdentifier.value)
            async let errors = read(execution.standardError, keeping: Self.errorLimit, level: .warning, of: group)
            let output = try await read(execution.standardOutput, keeping: Self.outputLimit, level: .info, of: group)
            return (output: output, errors: try await errors)
        }
        let tails = outcome.closureResult
        let ending: ProcessResult.Ending =
            switch outcome.terminationStatus {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signaled(signal)
            }
        return ProcessResult(ending: ending, output: tails.output, errors: tails.errors, wasStopped: false)
    }

    private func read(_ stream: SubprocessOutputSequence, keeping limit: Int, level: TraceLevel, of group: ProcessGroup) async throws
        -> OutputTail
    {
        var tail = OutputTail(limit: limit)
        var splitter = LineSplitter(limit: Trace.lineLimit)
        var drained = 0
        for try await buffer in stream {
            let lines = buffer.withUnsafeBytes { bytes in
                tail.add(bytes)
                return splitter.add(bytes)
            }
            if !lines.isEmpty { await trace.write(lines, level: level) }
            if group.leaderHasExited { drained += buffer.count }
            if drained > Self.drainLimit { break }
        }
        if let line = splitter.finish() { await trace.write([line], level: level) }
        return tail
    }

    /// Ends processes that outlived the first one. Where the run was told to stop, they have had SIGTERM, and SIGKILL is on its way
    /// (`stopWhenTold`).
    private func endRemaining(of group: ProcessGroup, wasStopped: Bool) async {
        let isLeft = wasStopped ? await remain(of: group, for: killAfter + .seconds(1)) : await endLeftBehind(group)
        if isLeft {
            await trace.trace("processes of the command are still there: they cannot be killed, or nobody reaps them", level: .warning)
        }
    }

    /// - Returns: whether some are there even so.
    private func endLeftBehind(_ group: ProcessGroup) async -> Bool {
        // Most are just ending too.
        guard await remain(of: group, for: .milliseconds(50)) else { return false }
        await trace.trace("the command has ended but left processes running; they are ended too", level: .warning)
        group.send(SIGTERM)
        guard await remain(of: group, for: killAfter) else { return false }
        await trace.trace("they have not ended \(killAfter) after SIGTERM; sent SIGKILL", level: .warning)
        group.send(SIGKILL)
        return await remain(of: group, for: .seconds(1))
    }

    /// Whether processes are still there after `limit`. Nothing tells of the end of other processes' children, so this looks every few
    /// milliseconds, less often as time goes on.
    private func remain(of group: ProcessGroup, for limit: Duration) async -> Bool {
        var waited = Duration.zero
        var pause = Duration.milliseconds(2)
        while group.hasMembers {
            guard waited < limit else { return true }
            try? await clock.sleep(for: pause)
            waited += pause
            pause = min(pause * 2, .milliseconds(100), max(limit - waited, .milliseconds(1)))
        }
        return false
    }
}

/// A fact that two tasks share.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

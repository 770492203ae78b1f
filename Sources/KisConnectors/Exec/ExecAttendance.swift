import Foundation
import KisFlow
import Subprocess
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How the conversation with a program came to its end.
enum ExecEnding: Sendable {
    /// There were no more batches. `extra` is a line that it wrote without having been asked.
    case finished(extra: Data?)
    /// It was given one batch, and its answer was all that it wrote.
    case streamed(ExecProgram.Job, ExecAnswer)
    /// It was over in the middle of a batch; `reason` when it is known what was wrong.
    case broken(ExecProgram.Job, answered: Int, reason: String?)

    /// The batch that is not answered yet.
    var job: ExecProgram.Job? {
        switch self {
        case .finished: nil
        case .streamed(let job, _), .broken(let job, _, _): job
        }
    }
}

/// Attends to a program that runs: batches go in and answers come out, at the same time.
struct ExecAttendance: Sendable {
    let program: ExecProgram
    let running: ExecProgram.Running

    private var settings: ExecSettings { program.plan.settings }

    /// Hands over batches until there are no more or one fails, and waits until the program has ended.
    func toItsEnd(_ jobs: AsyncStream<ExecProgram.Job>, _ stops: AsyncStream<Void>) async -> ExecEnding {
        // What it started must not outlive it. Its own number is not given to another process until it is reaped, which is after this.
        defer { kill(-running.processIdentifier.value, SIGKILL) }
        return await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in stops { return await running.teardown(using: ExecProgram.teardown) }
            }
            async let errors: Void = program.errors.read(running.standardError)
            var output = ExecOutput(running.standardOutput, maximumLineBytes: settings.maximumLineBytes)
            let ending = await serve(jobs, &output)
            tasks.addTask {
                guard (try? await Task.sleep(for: ExecProgram.patience)) != nil else { return }
                program.stop(.lingering)
            }
            try? await running.standardInputWriter.finish()
            let extra = await output.rest()
            await errors
            await exit()
            tasks.cancelAll()
            if case .finished = ending { return .finished(extra: extra) }
            return ending
        }
    }

    private func serve(_ jobs: AsyncStream<ExecProgram.Job>, _ output: inout ExecOutput) async -> ExecEnding {
        for await job in jobs {
            var answer = ExecAnswer(to: job.batch.numbers, settings)
            do {
                let isWhole = try await exchange(job.batch, &answer, &output)
                if settings.protocol == .stream { return .streamed(job, answer) }
                guard isWhole else { return .broken(job, answered: answer.lines, reason: nil) }
                job.answer.resume(returning: answer)
            } catch {
                program.stop(.fault)
                return .broken(job, answered: answer.lines, reason: error.reason)
            }
        }
        return .finished(extra: nil)
    }

    /// Writes and reads at once: whichever side waits for the other, nobody waits for ever.
    ///
    /// - Returns: whether the answer is whole; not when the program ended before.
    private func exchange(_ batch: ExecBatch, _ answer: inout ExecAnswer, _ output: inout ExecOutput) async throws(ExecAnswer.Fault) -> Bool
    {
        let hasAnswered = Signalled()
        let outcome = await withTaskGroup(of: Void.self) { tasks -> Result<Bool, ExecAnswer.Fault> in
            tasks.addTask { await limit(hasAnswered) }
            async let writing: Void = write(batch)
            let outcome = await read(&answer, &output, hasAnswered)
            // A program that breaks the protocol is ended, or it would never read the rest.
            if case .failure = outcome { program.stop(.fault) }
            await writing
            tasks.cancelAll()
            return outcome
        }
        return try outcome.get()
    }

    private func read(
        _ answer: inout ExecAnswer, _ output: inout ExecOutput, _ hasAnswered: Signalled
    ) async -> Result<Bool, ExecAnswer.Fault> {
        do {
            while !answer.hasEnded {
                guard let line = try await output.next() else { return .success(false) }
                hasAnswered.set()
                try answer.take(line)
            }
            if let extra = try output.waiting() { return .failure(Self.unasked(extra)) }
            return .success(true)
        } catch let fault as ExecAnswer.Fault {
            return .failure(fault)
        } catch {
            return .failure(ExecAnswer.Fault(reason: "wrote too much: \(error)"))
        }
    }

    /// That it cannot be written to has its reason in how the program ends, or none where it ends well without reading everything.
    private func write(_ batch: ExecBatch) async {
        let input = running.standardInputWriter
        try? await batch.write(settings.protocol) { chunk in
            guard try await input.write(chunk) == chunk.count else { throw CancellationError() }
        }
        if settings.protocol == .stream { try? await input.finish() }
    }

    private func limit(_ hasAnswered: Signalled) async {
        let hint = min(ExecProgram.hintDelay, settings.timeout)
        guard (try? await Task.sleep(for: hint)) != nil else { return }
        if settings.protocol != .stream, !hasAnswered.isSet {
            program.plan.trace("\(program.plan.command) has not answered yet; it must flush its output after each line")
        }
        guard (try? await Task.sleep(for: settings.timeout - hint)) != nil else { return }
        program.stop(.timeout)
    }

    /// Waits until the process is over; it is not reaped. Whoever told it to end sees to it that it does.
    private func exit() async {
        var pause = Duration.milliseconds(1)
        while !hasExited {
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    private var hasExited: Bool {
        var info = siginfo_t()
        let status = waitid(P_PID, id_t(running.processIdentifier.value), &info, WEXITED | WNOHANG | WNOWAIT)
        return status != 0 || info.si_signo != 0
    }

    static func unasked(_ line: Data) -> ExecAnswer.Fault {
        let beginning = String(decoding: line.prefix(200), as: UTF8.self)
        return ExecAnswer.Fault(
            reason:
                "wrote more lines than it was given rows (\(beginning)); a program that gives any number of rows needs protocol batch or stream"
        )
    }
}

/// A fact that two tasks share.
private final class Signalled: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

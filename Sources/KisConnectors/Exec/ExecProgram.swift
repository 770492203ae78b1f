import Foundation
import KisFlow
import Subprocess
import Synchronization

/// A program from its start to its end. It is given batches one after the other.
final class ExecProgram: Sendable {
    /// What is started, and how it is spoken to.
    struct Plan: Sendable {
        let command: ExecCommand
        let settings: ExecSettings
        let configuration: Configuration
        let trace: @Sendable (String) -> Void
    }

    struct Job: Sendable {
        let batch: ExecBatch
        let answer: CheckedContinuation<ExecAnswer, any Error>
    }

    /// Why a program is ended before it does so itself.
    enum Stop: Sendable {
        case cancelled
        case timeout
        /// It did not keep to the protocol.
        case fault
        /// It did not end after its input had.
        case lingering
    }

    typealias Running = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

    static let teardown: [TeardownStep] = [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2))]
    /// How long a program may take to end after its input has.
    static let patience = Duration.seconds(5)
    /// When somebody is told that there is no answer yet.
    static let hintDelay = Duration.seconds(5)

    let plan: Plan
    let errors: ErrorLines
    private let jobs: AsyncStream<Job>
    private let feed: AsyncStream<Job>.Continuation
    private let stops: AsyncStream<Void>
    private let stopping: AsyncStream<Void>.Continuation
    private let stopReason = Mutex<Stop?>(nil)

    init(_ plan: Plan) {
        self.plan = plan
        errors = ErrorLines(plan.trace)
        (jobs, feed) = AsyncStream.makeStream()
        (stops, stopping) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Gives the program a batch and waits for its answer.
    func exchange(_ batch: ExecBatch) async throws -> ExecAnswer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer in
                if case .enqueued = feed.yield(Job(batch: batch, answer: answer)) { return }
                answer.resume(
                    throwing: stopped == .cancelled ? CancellationError() : FlowError(.functionFailed, "\(plan.command) has ended"))
            }
        } onCancel: {
            stop(.cancelled)
        }
    }

    /// There are no more batches.
    func finish() { feed.finish() }

    /// Ends the program; the first reason counts.
    func stop(_ reason: Stop) {
        stopReason.withLock { $0 = $0 ?? reason }
        feed.finish()
        stopping.yield()
    }

    var stopped: Stop? { stopReason.withLock(\.self) }

    /// Starts the program and attends to it until it has ended, with everything that it started.
    ///
    /// - Throws: `FlowError` when it did not end well although it had answered every batch.
    func run() async throws {
        // Cancellation must not reach the reading and waiting: what a program writes while it ends is still read, and it is waited for. So the work is a
        // task of its own, which is always awaited here, and cancellation is a message to it.
        let work = Task { await start() }
        let fault = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            stop(.cancelled)
        }
        if let fault { throw fault }
    }

    private func start() async -> FlowError? {
        var fault: FlowError?
        var unable: any Error = FlowError(.functionFailed, "\(plan.command) has ended")
        var ending = ExecEnding.finished(extra: nil)
        do {
            let outcome = try await Subprocess.run(plan.configuration, input: .inputWriter, output: .sequence, error: .sequence) {
                running in
                ending = await ExecAttendance(program: self, running: running).toItsEnd(jobs, stops)
            }
            fault = ExecVerdict(program: self, status: outcome.terminationStatus).settle(ending)
        } catch {
            unable = stopped == .cancelled ? CancellationError() : plan.explain(error)
            ending.job?.answer.resume(throwing: unable)
        }
        feed.finish()
        for await job in jobs { job.answer.resume(throwing: unable) }
        return fault
    }
}

extension ExecProgram.Plan {
    /// Why the program could not be started. Not an error of rows: no row would fare better.
    fileprivate func explain(_ error: any Error) -> FlowError {
        guard let error = error as? SubprocessError else {
            return FlowError(.unavailable, "cannot run \(command): \(error)", underlying: error)
        }
        if error.code == .failedToChangeWorkingDirectory {
            let folder = configuration.workingDirectory.map { "\($0)" } ?? ""
            return FlowError(.unavailable, "cannot run \(command): cannot enter its folder \(folder)", underlying: error)
        }
        if error.code == .executableNotFound {
            let place = command.program.contains("/") ? "does not exist or cannot be executed" : "is in no folder of PATH"
            return FlowError(.unavailable, "cannot run \(command): the program \(command.program) \(place)", underlying: error)
        }
        return FlowError(.unavailable, "cannot run \(command): \(error.description)", underlying: error)
    }
}

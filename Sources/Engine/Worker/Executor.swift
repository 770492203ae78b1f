import Logging
import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Carries out attempts: finds the action, gives it its context, watches the time, turns what happens into an outcome.
///
/// A class, like the runner: an attempt that held copies of what they consist of would count references up and down that all threads share, which costs more than the rest of it.
final class Executor: Sendable {
    private let registry: ActionRegistry
    let places: Places
    private let session: NodeSession
    private let surroundings: ActionContext.Surroundings
    private let now: @Sendable () -> Date

    init(
        registry: ActionRegistry, places: Places, blocking: BlockingThreads, session: NodeSession, keeper: any Keeper,
        runs: ChildRuns?, logger: Logger
    ) {
        self.registry = registry
        self.places = places
        self.session = session
        let clock = session.clock
        now = { clock.now }
        surroundings = ActionContext.Surroundings(
            logger: logger, blocking: blocking, mutexes: ActionMutexes(keeper: keeper, session: session.id), host: session.host,
            now: { clock.now }, runs: runs)
    }

    /// The longest reason that is kept, in characters.
    static let reasonLimit = 4_096

    /// One attempt, waiting for a place included.
    /// - Parameters:
    ///   - definition: what the definition says of the task.
    ///   - onStart: called when the attempt has its place, just before the action runs; answers whether it is still wanted.
    /// - Returns: the outcome; `nil` where the attempt was given up because it was canceled, or the node stops or has lost the run.
    func attempt(
        _ start: LiveRun.Start, definition: Dag.Task, vars: [String: String], traces: TraceBuffer, onStart: @Sendable () -> Bool
    ) async -> TaskOutcome? {
        let task = start.task
        guard await places.enter() else { return nil }
        defer { places.leave() }
        guard session.isTrusted, !Task.isCancelled else { return nil }
        let trace = Trace(
            buffer: traces, dagInsId: task.dagInsId, taskId: task.taskId, epoch: task.version.epoch, attempt: task.attempt,
            firstSeq: start.firstSeq, now: now)
        defer { trace.end() }
        let context = ActionContext(
            task: task, vars: vars, outputs: start.outputs, shareData: start.shareData, trace: trace, surroundings: surroundings)
        guard onStart() else { return nil }
        CrashPoint.beforeRun.reached()
        let outcome = await run(task, definition.timeoutSecs, context)
        CrashPoint.afterRun.reached()
        guard var outcome else { return nil }
        if let reason = outcome.failure { await trace("failed: \(reason)", level: .error) }
        outcome.output = context.result.output.withLock { $0 }
        outcome.shareData = context.shareData.edits
        return outcome
    }

    private func run(_ task: TaskInstance, _ timeoutSecs: Int?, _ context: ActionContext) async -> TaskOutcome? {
        guard let runner = registry.runner(named: task.actionName) else {
            return TaskOutcome(.failed(reason: "this node has no action '\(task.actionName)'"))
        }
        do {
            if let seconds = timeoutSecs {
                try await withTimeout(.seconds(seconds), session.host) { try await Self.steps(runner, task, context) }
            } else {
                try await Self.steps(runner, task, context)
            }
            if Task.isCancelled, !session.isTrusted { return nil }
            return TaskOutcome(runner.runAfter != nil && task.status != .ending ? .ran : .success)
        } catch {
            // Whoever cancels an attempt (somebody, or the node that stops or has lost the run) wants no result of it.
            if Task.isCancelled { return nil }
            return Self.outcome(of: error)
        }
    }

    /// What of the action is to be called.
    private static func steps(_ runner: ActionRegistry.Runner, _ task: TaskInstance, _ context: ActionContext) async throws {
        if task.status == .ending { return try await runner.runAfter?(context, task.params) ?? () }
        // One that waits and is called again has begun already.
        if task.startedAt == nil {
            if let retryBefore = runner.retryBefore,
                context.earlierAttempts.last.map({ $0.status == .failed || $0.status == .canceled }) ?? false
            {
                try await retryBefore(context, task.params)
            }
            try await runner.runBefore?(context, task.params)
        }
        try await runner.run(context, task.params)
    }

    private static func outcome(of error: any Error) -> TaskOutcome {
        switch error {
        case let pause as ActionPause: return pause.outcome
        case let error as TimeoutError: return TaskOutcome(.timedOut(reason: error.description))
        default:
            let reason = String("\(error)".prefix(reasonLimit))
            return TaskOutcome(.failed(reason: reason), advice: (error as? ActionError)?.advice)
        }
    }
}

extension TaskOutcome {
    /// Why it failed, if it did.
    fileprivate var failure: String? {
        switch result {
        case .failed(let reason), .timedOut(let reason): reason
        case .success, .canceled, .ran, .parked, .blocked: nil
        }
    }
}

/// The attempt took longer than it may.
struct TimeoutError: Error, CustomStringConvertible {
    var description: String
}

/// Runs `body`, cancelling it when `limit` has passed. A body that ignores cancellation is waited for.
func withTimeout(_ limit: Duration, _ host: any Host, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: TimedEnd.self) { group in
        group.addTask {
            try await body()
            return .done
        }
        group.addTask { (try? await host.sleep(for: limit)) == nil ? .timerCancelled : .timeIsUp }
        defer { group.cancelAll() }
        while let end = try await group.next() {
            switch end {
            case .done: return
            case .timeIsUp: throw TimeoutError(description: "took longer than its timeout of \(limit.inSeconds) s")
            // The attempt is being given up; whether the body ends well all the same is for the body to say.
            case .timerCancelled: continue
            }
        }
    }
}

private enum TimedEnd { case done, timeIsUp, timerCancelled }

extension Duration {
    /// This duration in seconds, as people write it.
    var inSeconds: String {
        let seconds = Double(components.seconds) + Double(components.attoseconds) / 1e18
        return seconds == seconds.rounded() ? String(Int64(seconds)) : String(seconds)
    }
}

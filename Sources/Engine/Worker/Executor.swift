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
        registry: ActionRegistry, places: Places, blocking: BlockingThreads, session: NodeSession, keeper: any Keeper, logger: Logger
    ) {
        self.registry = registry
        self.places = places
        self.session = session
        surroundings = ActionContext.Surroundings(
            logger: logger, blocking: blocking, mutexes: ActionMutexes(keeper: keeper, session: session.id))
        let clock = session.clock
        now = { clock.now }
    }

    /// The longest reason that is kept, in characters.
    static let reasonLimit = 4_096

    /// One attempt, waiting for a place included.
    /// - Parameter timeoutSecs: how long the action may take, in seconds; `nil` is without limit.
    /// - Parameter onStart: called when the attempt has its place, just before the action runs.
    /// - Returns: the outcome; `nil` where the attempt was given up because the node stops or has lost the run.
    func attempt(
        _ task: TaskInstance, timeoutSecs: Int?, vars: [String: String], outputs: TaskOutputs, shareData: [String: String],
        traces: TraceBuffer, onStart: @Sendable () -> Void
    ) async -> TaskOutcome? {
        guard await places.enter() else { return nil }
        defer { places.leave() }
        guard session.isTrusted, !Task.isCancelled else { return nil }
        let trace = Trace(
            buffer: traces, dagInsId: task.dagInsId, taskId: task.taskId, epoch: task.version.epoch, attempt: task.attempt,
            now: now)
        defer { trace.end() }
        let context = ActionContext(
            task: task, vars: vars, outputs: outputs, shareData: shareData, trace: trace,
            surroundings: surroundings)
        onStart()
        CrashPoint.beforeRun.reached()
        let result = await run(task, timeoutSecs, context)
        CrashPoint.afterRun.reached()
        guard let result else { return nil }
        if case .failed(let reason) = result { await trace("failed: \(reason)", level: .error) }
        return TaskOutcome(result, output: context.result.output.withLock { $0 }, shareData: context.shareData.edits)
    }

    private func run(_ task: TaskInstance, _ timeoutSecs: Int?, _ context: ActionContext) async -> TaskOutcome.Result? {
        guard let runner = registry.runner(named: task.actionName) else {
            return .failed(reason: "this node has no action '\(task.actionName)'")
        }
        do {
            if let seconds = timeoutSecs {
                try await withTimeout(.seconds(seconds), session.host) { try await runner(context, task.params) }
            } else {
                try await runner(context, task.params)
            }
            return Task.isCancelled && !session.isTrusted ? nil : .success
        } catch {
            // Whoever cancels an attempt (the node stops, or the run is lost) wants no result of it.
            if Task.isCancelled { return nil }
            return .failed(reason: String("\(error)".prefix(Self.reasonLimit)))
        }
    }
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
            case .timeIsUp: throw ActionError("took longer than its timeout of \(limit.inSeconds) s")
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

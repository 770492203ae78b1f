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
    /// Places for the tasks of single actions.
    private let actionPlaces: [String: Places]
    private let slots: Slots
    private let elsewhere: Elsewhere
    private let session: NodeSession
    private let surroundings: ActionContext.Surroundings
    private let now: @Sendable () -> Date

    init(
        registry: ActionRegistry, places: Places, blocking: BlockingThreads, session: NodeSession, store: any Store, keeper: any Keeper,
        configuration: NodeConfiguration, logger: Logger
    ) {
        self.registry = registry
        self.places = places
        self.session = session
        actionPlaces = configuration.actionLimits.mapValues(Places.init)
        let runs = ChildRuns(store: store, keeper: keeper)
        elsewhere = Elsewhere(runs: runs, labels: configuration.labels, offers: { registry.runner(named: $0) != nil })
        slots = Slots(keeper: keeper, ttl: max(configuration.leaseTTL, .seconds(1)), host: session.host) { pool in
            try await store.pools().first { $0.name == pool }?.slots
        }
        let clock = session.clock
        now = { clock.now }
        surroundings = ActionContext.Surroundings(
            logger: logger, blocking: blocking, mutexes: ActionMutexes(keeper: keeper, session: session.id), host: session.host,
            now: { clock.now }, runs: runs)
    }

    /// Lets nobody begin any more.
    func close() {
        places.close()
        for (_, places) in actionPlaces { places.close() }
    }

    func open() {
        places.open()
        for (_, places) in actionPlaces { places.open() }
    }

    /// The longest reason that is kept, in characters.
    static let reasonLimit = 4_096

    /// One attempt, waiting for a place included.
    /// - Parameters:
    ///   - facts: of the run.
    ///   - onStart: called when the attempt has its place, just before the action runs; answers whether it is still wanted.
    /// - Returns: the outcome; `nil` where the attempt was given up because it was canceled, or the node stops or has lost the run.
    func attempt(
        _ start: LiveRun.Start, of facts: RunFacts, traces: TraceBuffer, onStart: @escaping @Sendable () -> Bool
    ) async -> TaskOutcome? {
        guard facts.definition.isPlaced(start.number) || !actionPlaces.isEmpty else {
            return await place(start, facts, traces, isElsewhere: false, onStart)
        }
        let definition = facts.definition.task(start.number, id: start.task.taskId)
        if elsewhere.takes(definition, of: facts.instance) { return await place(start, facts, traces, isElsewhere: true, onStart) }
        // What is scarce is waited for first, so that no place stands idle meanwhile.
        guard let places = actionPlaces[definition.actionName] else { return await slot(start, definition.pool, facts, traces, onStart) }
        guard await places.enter() else { return nil }
        defer { places.leave() }
        return await slot(start, definition.pool, facts, traces, onStart)
    }

    private func slot(
        _ start: LiveRun.Start, _ pool: String?, _ facts: RunFacts, _ traces: TraceBuffer, _ onStart: @escaping @Sendable () -> Bool
    ) async -> TaskOutcome? {
        guard let pool else { return await place(start, facts, traces, isElsewhere: false, onStart) }
        let holder = MutexHolder(
            name: "run \(start.task.dagInsId), task \(start.task.taskId), attempt \(start.task.version.epoch).\(start.task.attempt)",
            place: "node \(session.key), session \(session.id)")
        do {
            let outcome = try await slots.withSlot(of: pool, holder: holder) {
                await self.place(start, facts, traces, isElsewhere: false, onStart)
            }
            return outcome ?? nil
        } catch {
            if Task.isCancelled { return nil }
            return Self.outcome(of: error)
        }
    }

    private func place(
        _ start: LiveRun.Start, _ facts: RunFacts, _ traces: TraceBuffer, isElsewhere: Bool, _ onStart: @Sendable () -> Bool
    ) async -> TaskOutcome? {
        guard await places.enter() else { return nil }
        defer { places.leave() }
        guard session.isTrusted, !Task.isCancelled else { return nil }
        let trace = Trace(
            buffer: traces, dagInsId: facts.instance.tracedAs, taskId: start.task.taskId, epoch: start.task.version.epoch,
            attempt: start.task.attempt, firstSeq: start.firstSeq, now: now)
        defer { trace.end() }
        let context = ActionContext(
            task: start.task, vars: facts.instance.vars, outputs: start.outputs, shareData: start.shareData, trace: trace,
            origin: facts.instance.$origin, surroundings: surroundings, start: start)
        guard onStart() else { return nil }
        if isElsewhere { return await runElsewhere(start, facts.instance, context) }
        CrashPoint.beforeRun.reached()
        let outcome = await run(start.task, facts.definition.timeoutSecs(start.number, id: start.task.taskId), context)
        CrashPoint.afterRun.reached()
        guard var outcome else { return nil }
        if let reason = outcome.failure { await trace("failed: \(reason)", level: .error) }
        outcome.output = context.result.output.withLock { $0 }
        outcome.shareData = context.shareData.edits
        return outcome
    }

    private func runElsewhere(_ start: LiveRun.Start, _ instance: DagInstance, _ context: ActionContext) async -> TaskOutcome? {
        do {
            return try await elsewhere.attempt(start.task, of: instance, shareData: start.shareData, context: context)
        } catch {
            if Task.isCancelled { return nil }
            // That the store does not answer says nothing of the attempt: it is looked at again.
            if let error = error as? StoreError, error.isTransient {
                return TaskOutcome(.parked(until: now().addingTimeInterval(1)), childRun: context.childRun)
            }
            return Self.outcome(of: error)
        }
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

extension DagInstance {
    /// The run under whose id its tasks are traced and known to actions: that of one task for another run is a part of that.
    var tracedAs: String {
        if let origin, origin.kind == .task { origin.run } else { id }
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

import Logging
import Workflow

/// One run on its owner: feeds what happens into the machine and carries out what it says.
final class InstanceRunner: Sendable {
    /// How a runner ends.
    enum End: Sendable, Hashable {
        /// The run needs this node no longer, and the store knows.
        case released(DagInstanceStatus)
        /// The node let go of it without a record; if it is still the session's, it must be taken again at a higher epoch.
        case dropped
    }

    private let store: any Store
    private let live: LiveRun
    private let executor: Executor
    private let traces: TraceBuffer
    private let session: NodeSession
    private let adoptionLimit: Int
    private let logger: Logger
    private let handsBack: @Sendable () -> Bool

    /// - Parameter handsBack: whether the run is to be handed back before anything starts: the node takes nothing more.
    init(
        store: any Store, live: LiveRun, executor: Executor, traces: TraceBuffer, session: NodeSession, adoptionLimit: Int, logger: Logger,
        handsBack: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.live = live
        self.executor = executor
        self.traces = traces
        self.session = session
        self.adoptionLimit = adoptionLimit
        self.logger = logger
        self.handsBack = handsBack
    }

    /// Runs `instance` until it is over, handed back or lost.
    /// - Parameter definition: its DAG, or why there is none.
    func run(_ instance: DagInstance, _ definition: Result<Definition, StoreError>, wasDropped: Bool) async -> End {
        var current = instance
        do {
            guard let tasks = try await take(&current, wasDropped: wasDropped) else { return .dropped }
            if current.status.isFinal { return .released(current.status) }
            let definition = try definition.get()
            let graph: TaskGraph
            do throws(TaskGraphError) { graph = try definition.graph.get() } catch {
                return await fail(current, "its definition is not a graph: \(error)")
            }
            live.begin(
                InstanceMachine(instance: current, dag: definition.dag, graph: graph, documents: tasks, worker: session.key),
                handsBack: handsBack())
            return await drive(definition, vars: current.vars)
        } catch let error as StoreError where !error.isTransient {
            return await fail(current, "\(error)")
        } catch {
            logger.warning("a run could not be taken; it will be tried again", metadata: ["run": "\(instance.id)", "error": "\(error)"])
            return .dropped
        }
    }

    func missingDefinition(of instance: DagInstance) -> StoreError {
        StoreError(.malformed, "its definition '\(instance.dagId)' at version \(instance.dagVersion) is not in the store")
    }

    // MARK: Taking

    /// Makes sure that nobody else can write the run's documents before anything starts.
    /// - Parameter instance: becomes what the store has of it after each step.
    /// - Returns: its task documents; `nil` where it is not ours.
    private func take(_ instance: inout DagInstance, wasDropped: Bool) async throws -> [TaskInstance]? {
        CrashPoint.beforeTake.reached()
        switch AdoptionPlan(instance, wasDropped: wasDropped) {
        case .start:
            return []
        case .claimAgain:
            CrashPoint.beforeClaimAgain.reached()
            guard let claimed = try await store.claimAgain(id: instance.id, session: session.id, expected: instance.version) else {
                return nil
            }
            CrashPoint.afterClaimAgain.reached()
            instance = claimed
            return try await takeOver(&instance)
        case .takeOver:
            return try await takeOver(&instance)
        }
    }

    private func takeOver(_ instance: inout DagInstance) async throws -> [TaskInstance]? {
        let epoch = instance.version.epoch
        if instance.runEpoch < epoch {
            CrashPoint.beforeRaise.reached()
            try await store.raiseTasks(of: instance.id, from: instance.runEpoch, to: epoch)
            CrashPoint.afterRaise.reached()
        }
        let tasks = try await store.tasks(of: instance.id, runEpoch: epoch)
        let finished = tasks.count { $0.status.isFinal }
        let mark = instance.marked(finishedTasks: finished, adoptionLimit: adoptionLimit, at: session.clock.now)
        // The mark must not be sent twice: with its outcome unknown the run is taken again at the next epoch, which `.dropped` brings about.
        CrashPoint.beforeMark.reached()
        let result = try await store.record(RecordBatch(instances: [mark]))
        CrashPoint.afterMark.reached()
        if case .refused(let why) = result.instances.first { throw StoreError(.refused, "the store refuses the run's document: \(why)") }
        guard result.instances.first == .written else { return nil }
        logger.info("took over a run", metadata: ["run": "\(instance.id)", "epoch": "\(epoch)", "finished": "\(finished)"])
        instance = mark
        return tasks
    }

    /// Ends a run that cannot be run at all.
    private func fail(_ instance: DagInstance, _ reason: String) async -> End {
        var failed = instance
        failed.status = .failed
        failed.reason = reason
        failed.session = nil
        failed.endedAt = session.clock.now
        failed.version = instance.version.next
        logger.error("a run cannot be run", metadata: ["run": "\(instance.id)", "reason": "\(reason)"])
        while let report = await live.record(failed) {
            switch report {
            case .instanceRecorded: return .released(.failed)
            case .fenced, .instanceRefused: return .dropped
            case .taskRecorded, .taskRefused: continue
            }
        }
        return .dropped
    }

    // MARK: Driving

    /// Starts what the run wants started, until it ends here.
    private func drive(_ definition: Definition, vars: [String: String]) async -> End {
        await withDiscardingTaskGroup { group in
            while true {
                let work = await live.work()
                if work.givesUp || work.end != nil { group.cancelAll() }
                if let end = work.end { return end }
                for start in work.starts {
                    let timeout = definition.dag.tasks[start.number].timeoutSecs
                    group.addTask { await self.attempt(start, timeout, vars) }
                }
            }
        }
    }

    private func attempt(_ start: LiveRun.Start, _ timeoutSecs: Int?, _ vars: [String: String]) async {
        let number = start.number
        let outcome = await executor.attempt(
            start.task, timeoutSecs: timeoutSecs, vars: vars, outputs: start.outputs, shareData: start.shareData,
            traces: traces,
            onStart: { self.live.handle(.taskStarted(number)) })
        live.handle(outcome.map { .taskEnded(number, $0) } ?? .taskAbandoned(number))
    }
}

import Logging
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

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
    private let keeper: any Keeper
    private let adoptionLimit: Int
    private let parkAfter: TimeInterval
    private let logger: Logger
    private let handsBack: @Sendable () -> Bool

    /// - Parameter handsBack: whether the run is to be handed back before anything starts: the node takes nothing more.
    init(
        store: any Store, keeper: any Keeper, live: LiveRun, executor: Executor, traces: TraceBuffer, session: NodeSession,
        configuration: NodeConfiguration, logger: Logger,
        handsBack: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.live = live
        self.executor = executor
        self.traces = traces
        self.session = session
        self.keeper = keeper
        adoptionLimit = configuration.adoptionLimit
        parkAfter = configuration.parkAfter
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
            guard let definition = try definition.get().scoped(to: current) else {
                return await fail(current, "its definition has no task '\(current.origin?.task ?? "")'")
            }
            let graph: TaskGraph
            do throws(TaskGraphError) { graph = try definition.graph.get() } catch {
                return await fail(current, "its definition is not a graph: \(error)")
            }
            var machine = InstanceMachine(
                instance: current, dag: definition.dag, graph: graph, documents: tasks, worker: session.key, parkAfter: parkAfter)
            if let origin = current.origin { try await borrow(origin, &machine) }
            live.begin(machine, handsBack: handsBack())
            return await drive(definition, current)
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
        let mark = instance.marked(
            finishedTasks: finished, underWay: tasks.filter { $0.status == .running && $0.params["items"] == nil },
            adoptionLimit: adoptionLimit,
            at: session.clock.now)
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
    private func drive(_ definition: Definition, _ instance: DagInstance) async -> End {
        let facts = RunFacts(instance, definition)
        return await withDiscardingTaskGroup { group in
            while true {
                let work = await live.work()
                if let end = work.end {
                    await tell(work, end, instance)
                    group.cancelAll()
                    return end
                }
                if work.givesUp { group.cancelAll() }
                if !work.settled.isEmpty || !work.sent.isEmpty { group.addTask { await self.tell(work, nil, instance) } }
                for start in work.starts {
                    group.addTask { await self.attempt(start, facts) }
                }
            }
        }
    }

    private func attempt(_ start: LiveRun.Start, _ facts: RunFacts) async {
        guard start.handle.attach() else { return live.ended(start, nil) }
        let outcome = await executor.attempt(
            start, of: facts, traces: traces, onStart: { self.live.started(start) })
        live.ended(start, outcome)
    }

    // MARK: Telling others

    /// Says what became of commands, and gives other runs theirs.
    private func tell(_ work: LiveRun.Work, _ end: End?, _ instance: DagInstance) async {
        var sent = work.sent
        if case .released(let status)? = end, status.isFinal, let origin = instance.origin, origin.kind != .reuse {
            sent.append(
                Command(
                    id: "\(instance.id)/ended/\(instance.version.epoch)", run: origin.run, kind: .wake, tasks: [origin.task],
                    author: Author(by: "run \(instance.id)", at: session.clock.now)))
        }
        let commands = sent
        if !work.settled.isEmpty {
            // Where this fails the command stays open: it is told again, and is known to have been applied.
            await attempts("say what became of a command") { try await self.store.settle(work.settled) }
        }
        guard !commands.isEmpty else { return }
        await attempts("give another run a command") {
            for command in commands { _ = try await self.store.submit(command) }
        }
        await keeper.signal([.commands])
    }

    /// Tries again while the store does not answer, ten times at most.
    private func attempts(_ what: String, _ body: @Sendable () async throws -> Void) async {
        var backoff = Backoff(session.host)
        for _ in 0..<10 {
            do { return try await body() } catch {
                logger.warning("could not \(what) yet", metadata: ["run": "\(live.id)", "error": "\(error)"])
                if Task.isCancelled { return }
                if (error as? StoreError)?.isTransient == false { return }
                await backoff.wait()
            }
        }
    }

    // MARK: What other runs have

    /// What a run takes over from the one that it comes from: the outputs that its one task may see, or finished tasks.
    private func borrow(_ origin: RunOrigin, _ machine: inout InstanceMachine) async throws {
        guard origin.kind != .dag, let other = try await store.instance(id: origin.run) else { return }
        let documents = try await store.tasks(of: origin.run, runEpoch: other.runEpoch)
        machine.borrow(documents, from: origin)
    }
}

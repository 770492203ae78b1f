import Logging
import Workflow

/// One run on its owner: feeds what happens into the machine and carries out what it says.
struct InstanceRunner: Sendable {
    /// What reaches a runner from outside.
    enum Message: Sendable {
        case event(InstanceMachine.Event)
        case report(RecorderReport)
        /// The grace period is over: give up what runs.
        case stopRunning
    }

    /// How a runner ends.
    enum End: Sendable, Hashable {
        /// The run needs this node no longer, and the store knows.
        case released(DagInstanceStatus)
        /// The node let go of it without a record; if it is still the session's, it must be taken again at a higher epoch.
        case dropped
    }

    let store: any Store
    let recorder: RecorderShard
    let executor: Executor
    let session: NodeSession
    let adoptionLimit: Int
    let logger: Logger
    /// Where everything arrives that concerns this run. It is bounded by the run's tasks under way: each sends a few messages.
    let inbox: AsyncStream<Message>
    let outlet: AsyncStream<Message>.Continuation
    /// Whether the run is to be handed back before anything starts: the node takes nothing more.
    let handsBack: @Sendable () -> Bool

    /// Runs `instance` until it is over, handed back or lost.
    /// - Parameter definition: its DAG, or why there is none.
    func run(_ instance: DagInstance, _ definition: Result<Dag, StoreError>, wasDropped: Bool) async -> End {
        var current = instance
        do {
            guard let tasks = try await take(&current, wasDropped: wasDropped) else { return .dropped }
            if current.status.isFinal { return .released(current.status) }
            let dag = try definition.get()
            do throws(TaskGraphError) {
                let machine = try InstanceMachine(instance: current, dag: dag, documents: tasks, worker: session.key)
                return await drive(machine, dag)
            } catch {
                return await fail(current, "its definition is not a graph: \(error)")
            }
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
        recorder.record(failed, deferred: false) { [outlet] in outlet.yield(.report($0)) }
        for await message in inbox {
            switch message {
            case .report(.instanceRecorded): return .released(.failed)
            case .report(.fenced), .report(.instanceRefused): return .dropped
            case .report, .event, .stopRunning: continue
            }
        }
        return .dropped
    }

    // MARK: Driving

    private func drive(_ initial: InstanceMachine, _ dag: Dag) async -> End {
        await withTaskGroup(of: Void.self) { group in
            var machine = initial
            var end = carryOut(machine.handle(handsBack() ? .handBack : .begin, at: session.clock.now), machine, dag, &group)
            var messages = inbox.makeAsyncIterator()
            while end == nil {
                guard let message = await messages.next() else {
                    end = .dropped
                    break
                }
                end = receive(message, &machine, dag, &group)
            }
            group.cancelAll()
            return end ?? .dropped
        }
    }

    private func receive(_ message: Message, _ machine: inout InstanceMachine, _ dag: Dag, _ group: inout TaskGroup<Void>) -> End? {
        let event: InstanceMachine.Event
        switch message {
        case .event(let happened): event = happened
        case .report(.taskRecorded(let number, let version)): event = .taskRecorded(number, version)
        case .report(.taskRefused(let number, let version, let why)): event = .taskRefused(number, version, reason: why)
        case .report(.instanceRecorded(let version)): event = .instanceRecorded(version)
        case .report(.instanceRefused(let version, let why)):
            logger.error("the store refuses the record of a run", metadata: ["run": "\(machine.instance.id)", "reason": "\(why)"])
            event = .instanceRefused(version, reason: why)
        case .report(.fenced):
            logger.notice("a run belongs to somebody else now", metadata: ["run": "\(machine.instance.id)"])
            return .dropped
        case .stopRunning:
            group.cancelAll()
            return nil
        }
        return carryOut(machine.handle(event, at: session.clock.now), machine, dag, &group)
    }

    private func carryOut(
        _ effects: [InstanceMachine.Effect], _ machine: InstanceMachine, _ dag: Dag, _ group: inout TaskGroup<Void>
    ) -> End? {
        var end: End?
        for effect in effects {
            switch effect {
            case .start(let number, let task): start(number, task, machine, dag.tasks[number], &group)
            case .recordTask(let number, let task, let isFirst, let deferred):
                recorder.record(TaskRecord(task: task, isFirst: isFirst), number: number, deferred: deferred) { [outlet] in
                    outlet.yield(.report($0))
                }
            case .recordInstance(let instance, let deferred):
                recorder.record(instance, deferred: deferred) { [outlet] in outlet.yield(.report($0)) }
            case .release(let status):
                CrashPoint.beforeRelease.reached()
                end = .released(status)
            case .giveUp(let why):
                logger.error("a run cannot be recorded and is let go of", metadata: ["run": "\(machine.instance.id)", "reason": "\(why)"])
                end = .dropped
            }
        }
        return end
    }

    private func start(
        _ number: Int, _ task: TaskInstance, _ machine: InstanceMachine, _ definition: Dag.Task, _ group: inout TaskGroup<Void>
    ) {
        let (executor, outlet, traces) = (executor, outlet, recorder.traces)
        let (vars, outputs, shareData) = (machine.instance.vars, machine.outputs, machine.shareData)
        group.addTask {
            let outcome = await executor.attempt(
                task, of: definition, vars: vars, outputs: outputs, shareData: shareData, traces: traces,
                onStart: { outlet.yield(.event(.taskStarted(number))) })
            outlet.yield(.event(outcome.map { .taskEnded(number, $0) } ?? .taskAbandoned(number)))
        }
    }
}

import Logging
import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One run on its owner: the machine behind a lock, and what it wants done.
///
/// Whoever learns something (an attempt that ends, say) feeds it in and carries out at once what can be carried out anywhere: handing records over. What only the runner can do,
/// starting attempts and ending, waits for the runner; reports of the recorder wait for it too, so that a flusher never does the work of a run with many tasks. What waits is bounded by the
/// tasks under way.
final class LiveRun: Sendable {
    /// An attempt to start, with what it may see. A class, since it goes from hand to hand.
    final class Start: Sendable {
        let number: Int
        let task: TaskInstance
        let outputs: TaskOutputs
        let shareData: [String: String]
        /// What cancels the attempt.
        let handle = AttemptHandle()
        /// The number of the first chunk of its trace.
        let firstSeq: Int
        private let run: LiveRun

        init(run: LiveRun, number: Int, task: TaskInstance, outputs: TaskOutputs, shareData: [String: String], firstSeq: Int) {
            self.run = run
            self.number = number
            self.task = task
            self.outputs = outputs
            self.shareData = shareData
            self.firstSeq = firstSeq
        }

        /// Records what the attempt, which goes on, has done to the share data so far.
        func keep(_ edits: [ShareDataEdit]) { run.noted(self, edits) }
    }

    /// What waits for the runner.
    struct Work: Sendable {
        var starts: [Start] = []
        /// The attempts under way are to be given up.
        var givesUp = false
        var end: InstanceRunner.End?
        /// What became of commands.
        var settled: [CommandRecord] = []
        /// Commands to other runs.
        var sent: [Command] = []

        var isEmpty: Bool { starts.isEmpty && !givesUp && end == nil && settled.isEmpty && sent.isEmpty }
    }

    private struct State {
        var machine: InstanceMachine?
        /// Reused from event to event.
        var effects: [InstanceMachine.Effect] = []
        var handsBack = false
        var work = Work()
        /// Attempts under way, by task.
        var handles: [Int: AttemptHandle] = [:]
        /// Attempts to cancel as soon as the lock is free: whoever is cancelled may have something to say.
        var canceled: [AttemptHandle] = []
        var alarms = DueQueue<InstanceMachine.Alarm>()
        /// How many chunks the traces of tasks that were called again leave room for.
        var seqs: [Int: Int] = [:]
        /// Commands that came before the machine was there.
        var early: [Command] = []
        var dagId = ""
        var tracedAs: String?
    }

    let id: String
    /// The epoch at which the run was found.
    let epoch: Int64
    private let recorder: RecorderShard
    private let watches: Watches
    private let alarms: Alarms
    private let clock: ServerClock
    private let host: any Host
    private let events: NodeEvents
    private let logger: Logger
    private let wake: WakeSignal
    private let inbox: Inbox
    private let state = Mutex(State())

    init(id: String, epoch: Int64, recorder: RecorderShard, watches: Watches, alarms: Alarms, session: NodeSession, logger: Logger) {
        self.id = id
        self.epoch = epoch
        self.recorder = recorder
        self.watches = watches
        self.alarms = alarms
        host = session.host
        events = session.events
        self.logger = logger
        clock = session.clock
        let wake = WakeSignal(session.host)
        self.wake = wake
        inbox = Inbox(wake)
    }

    // MARK: From outside

    /// The node takes nothing more: start nothing, and hand the run back when what runs has ended.
    func handBack() {
        state.withLock { $0.handsBack = true }
        handle(.handBack)
    }

    /// The grace period is over: give up what runs.
    func giveUp() {
        state.withLock { $0.work.givesUp = true }
        wake.raise()
    }

    /// Takes an event in. Nothing changes any more once the run has ended here.
    func handle(_ event: InstanceMachine.Event) {
        let isForRunner = withState { state in
            step(event, &state)
            return !state.work.isEmpty
        }
        if isForRunner { wake.raise() }
    }

    /// Somebody asks something of the run.
    func tell(_ commands: [Command]) {
        let isForRunner = withState { state in
            guard state.machine != nil || state.work.end != nil else {
                state.early += commands.prefix(max(Self.earlyLimit - state.early.count, 0))
                return false
            }
            for command in commands { step(.command(command), &state) }
            return !state.work.isEmpty
        }
        if isForRunner { wake.raise() }
    }

    /// The most commands that wait for the machine; the others are told again at the next poll.
    private static let earlyLimit = 100

    /// Times have come that the run waits for.
    func ring() {
        let isForRunner = withState { state in
            let now = host.now
            while let alarm = state.alarms.take(until: now) { step(.alarm(alarm), &state) }
            return !state.work.isEmpty
        }
        if isForRunner { wake.raise() }
    }

    /// An attempt has its place.
    /// - Returns: whether it is still wanted.
    func started(_ start: Start) -> Bool {
        withState { state in
            // Asked without holding the machine: a copy of it, while it changes, would cost all that it has.
            guard state.handles[start.number] === start.handle, let status = state.machine?.status(of: start.number) else { return false }
            if status == .ending { return true }
            guard status == .queued else { return false }
            step(.taskStarted(start.number), &state)
            events.tell(.taskBegan(run: id, task: start.task.taskId, attempt: start.task.attempt))
            return true
        }
    }

    /// An attempt wants its share data so far to outlive the worker.
    fileprivate func noted(_ start: Start, _ edits: [ShareDataEdit]) {
        withState { state in
            guard state.handles[start.number] === start.handle else { return }
            step(.taskNoted(start.number, edits, attempt: start.task.attempt), &state)
        }
    }

    /// An attempt is over.
    /// - Parameter outcome: `nil` where there is none, since it was given up.
    func ended(_ start: Start, _ outcome: TaskOutcome?) {
        start.handle.detach()
        let isForRunner = withState { state in
            if state.handles[start.number] === start.handle { state.handles[start.number] = nil }
            let attempt = start.task.attempt
            step(
                outcome.map { .taskEnded(start.number, $0, attempt: attempt) } ?? .taskAbandoned(start.number, attempt: attempt), &state)
            return !state.work.isEmpty
        }
        if isForRunner { wake.raise() }
    }

    /// Does something with the lock held, and after it what must not be done with it held.
    private func withState<R: Sendable>(_ body: (inout State) -> R) -> R {
        let (result, canceled, nextAlarm) = state.withLock { state -> (R, [AttemptHandle], ContinuousClock.Instant??) in
            let before = state.alarms.nextDue
            let result = body(&state)
            let after = state.work.end == nil ? state.alarms.nextDue : nil
            return (result, state.canceled.isEmpty ? [] : exchange(&state.canceled, with: []), before == after ? nil : .some(after))
        }
        for handle in canceled { handle.cancel() }
        if let nextAlarm { alarms.set(self, nextAlarm) }
        return result
    }

    // MARK: The runner

    /// Sets the machine going.
    func begin(_ machine: InstanceMachine, handsBack: Bool) {
        withState { state in
            state.machine = machine
            state.dagId = machine.instance.dagId
            state.tracedAs = machine.instance.tracedAs == id ? nil : machine.instance.tracedAs
            tell(.beforeRun, state)
            step(handsBack || state.handsBack ? .handBack : .begin, &state)
            for command in exchange(&state.early, with: []) { step(.command(command), &state) }
        }
    }

    /// Waits until there is something to do.
    /// - Returns: what; the run has ended with its `end`, and is told nothing any more.
    func work() async -> Work {
        while !Task.isCancelled {
            let work = withState { state -> Work? in
                takeReports(&state)
                if state.work.isEmpty { return nil }
                if state.work.end != nil { state.machine = nil }
                return exchange(&state.work, with: Work())
            }
            if let work { return work }
            await wake.wait(until: nil)
        }
        state.withLock { $0.machine = nil }
        alarms.set(self, nil)
        return Work(end: .dropped)
    }

    /// Hands over a record of the run that no machine has made, and waits for what becomes of it.
    func record(_ instance: DagInstance) async -> RecorderReport? {
        recorder.record(instance, report: inbox.report)
        while !Task.isCancelled {
            if let report = inbox.takeFirst() { return report }
            await wake.wait(until: nil)
        }
        return nil
    }

    // MARK: Steps

    private func takeReports(_ state: inout State) {
        let reports = inbox.takeAll()
        for report in reports {
            switch report {
            case .taskRecorded(let number, let version): step(.taskRecorded(number, version), &state)
            case .taskRefused(let number, let version, let why): step(.taskRefused(number, version, reason: why), &state)
            case .instanceRecorded(let version): step(.instanceRecorded(version), &state)
            case .instanceRefused(let version, let why):
                logger.error("the store refuses the record of a run", metadata: ["run": "\(id)", "reason": "\(why)"])
                step(.instanceRefused(version, reason: why), &state)
            case .fenced:
                guard state.work.end == nil else { continue }
                logger.notice("a run belongs to somebody else now", metadata: ["run": "\(id)"])
                state.work.end = .dropped
            }
        }
    }

    private func step(_ event: InstanceMachine.Event, _ state: inout State) {
        guard state.work.end == nil, state.machine != nil else { return }
        var effects = exchange(&state.effects, with: [])
        state.machine?.handle(event, at: clock.now, &effects)
        for effect in effects { carryOut(effect, &state) }
        effects.removeAll(keepingCapacity: effects.count <= 64)
        state.effects = effects
    }

    /// With the lock held, so that records are handed over in the order of their versions.
    private func carryOut(_ effect: InstanceMachine.Effect, _ state: inout State) {
        switch effect {
        case .start(let number, let task):
            // Field by field: a copy of the machine would cost more than the rest of this.
            guard let outputs = state.machine?.outputs, let shareData = state.machine?.shareData else { return }
            // A task that has a start already is called again: its trace goes on behind what it said before.
            var firstSeq = 0
            if task.startedAt != nil {
                firstSeq = state.seqs[number, default: 0] + Self.seqStep
                state.seqs[number] = firstSeq
            }
            let start = Start(run: self, number: number, task: task, outputs: outputs, shareData: shareData, firstSeq: firstSeq)
            state.handles[number] = start.handle
            state.work.starts.append(start)
        case .cancelAttempt(let number, _):
            if let handle = state.handles.removeValue(forKey: number) { state.canceled.append(handle) }
        case .setAlarm(let alarm, let time):
            let wait = max(time.timeIntervalSince(clock.now), 0)
            // A little late rather than early: times are kept in whole milliseconds.
            state.alarms.put(alarm, due: host.now + .milliseconds(Int64((min(wait, 3e9) * 1_000).rounded(.up)) + 1))
        case .settle(let record):
            state.work.settled.append(record)
            if record.status == .done { tell(.command(record.command.kind), state) }
        case .send(let command): state.work.sent.append(command)
        case .recordTask(let number, let task, let isFirst):
            if task.status.endsAttempt {
                events.tell(
                    .taskChanged(run: id, task: task.taskId, attempt: task.attempt, status: task.status, reason: task.reason))
            }
            recorder.record(
                TaskRecord(task: task, isFirst: isFirst), number: number, tracedAs: state.tracedAs, report: inbox.report)
        case .watchTask(let number, let attempt): watches.watch(self, task: number, attempt: attempt)
        case .recordInstance(let instance): recorder.record(instance, report: inbox.report)
        case .watchRun: watches.watch(self)
        case .release(let status):
            CrashPoint.beforeRelease.reached()
            tell(.ended(status), state)
            state.work.end = .released(status)
        case .giveUp(let why):
            logger.error("a run cannot be recorded and is let go of", metadata: ["run": "\(id)", "reason": "\(why)"])
            state.work.end = .dropped
        }
    }

    private func tell(_ stage: RunEvent.Stage, _ state: State) {
        events.tell(.run(RunEvent(run: id, dagId: state.dagId, stage: stage, at: clock.now)))
    }

    /// The most chunks that a task's trace may have between two calls of its action.
    private static let seqStep = 1 << 16

    /// Reports of the recorder on their way to the runner.
    private final class Inbox: Sendable {
        private let reports: Reports
        /// What the recorder calls; made once for all records of the run.
        let report: RecorderShard.Report

        private final class Reports: Sendable { let all = Mutex<[RecorderReport]>([]) }

        init(_ wake: WakeSignal) {
            let reports = Reports()
            self.reports = reports
            report = { report in
                reports.all.withLock { $0.append(report) }
                wake.raise()
            }
        }

        func takeAll() -> [RecorderReport] { reports.all.withLock { exchange(&$0, with: []) } }

        func takeFirst() -> RecorderReport? { reports.all.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }
}

import Logging
import Synchronization
import Workflow

/// One run on its owner: the machine behind a lock, and what it wants done.
///
/// Whoever learns something (an attempt that ends, say) feeds it in and carries out at once what can be carried out anywhere: handing records over. What only the runner can do,
/// starting attempts and ending, waits for the runner; reports of the recorder wait for it too, so that a flusher never does the work of a run with many tasks. What waits is bounded by the
/// tasks under way.
final class LiveRun: Sendable {
    /// An attempt to start, with what it may see.
    struct Start: Sendable {
        var number: Int
        var task: TaskInstance
        var outputs: TaskOutputs
        var shareData: [String: String]
    }

    /// What waits for the runner.
    struct Work: Sendable {
        var starts: [Start] = []
        /// The attempts under way are to be given up.
        var givesUp = false
        var end: InstanceRunner.End?
    }

    private struct State {
        var machine: InstanceMachine?
        /// Reused from event to event.
        var effects: [InstanceMachine.Effect] = []
        var handsBack = false
        var work = Work()
    }

    let id: String
    /// The epoch at which the run was found.
    let epoch: Int64
    private let recorder: RecorderShard
    private let watches: Watches
    private let clock: ServerClock
    private let logger: Logger
    private let wake: WakeSignal
    private let inbox: Inbox
    private let state = Mutex(State())

    init(id: String, epoch: Int64, recorder: RecorderShard, watches: Watches, session: NodeSession, logger: Logger) {
        self.id = id
        self.epoch = epoch
        self.recorder = recorder
        self.watches = watches
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
        let isForRunner = state.withLock { state in
            step(event, &state)
            return !state.work.starts.isEmpty || state.work.end != nil
        }
        if isForRunner { wake.raise() }
    }

    // MARK: The runner

    /// Sets the machine going.
    func begin(_ machine: InstanceMachine, handsBack: Bool) {
        state.withLock { state in
            state.machine = machine
            step(handsBack || state.handsBack ? .handBack : .begin, &state)
        }
    }

    /// Waits until there is something to do.
    /// - Returns: what; the run has ended with its `end`, and is told nothing any more.
    func work() async -> Work {
        while !Task.isCancelled {
            let work = state.withLock { state -> Work? in
                takeReports(&state)
                let isEmpty = state.work.starts.isEmpty && !state.work.givesUp && state.work.end == nil
                if isEmpty { return nil }
                if state.work.end != nil { state.machine = nil }
                return exchange(&state.work, with: Work())
            }
            if let work { return work }
            await wake.wait(until: nil)
        }
        state.withLock { $0.machine = nil }
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
            state.work.starts.append(Start(number: number, task: task, outputs: outputs, shareData: shareData))
        case .recordTask(let number, let task, let isFirst):
            recorder.record(TaskRecord(task: task, isFirst: isFirst), number: number, report: inbox.report)
        case .watchTask(let number, let attempt): watches.watch(self, task: number, attempt: attempt)
        case .recordInstance(let instance): recorder.record(instance, report: inbox.report)
        case .watchRun: watches.watch(self)
        case .release(let status):
            CrashPoint.beforeRelease.reached()
            state.work.end = .released(status)
        case .giveUp(let why):
            logger.error("a run cannot be recorded and is let go of", metadata: ["run": "\(id)", "reason": "\(why)"])
            state.work.end = .dropped
        }
    }

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

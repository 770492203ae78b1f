#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    // MARK: Ends of attempts

    mutating func ended(_ number: Int, _ outcome: TaskOutcome, _ attempt: Int?, at now: Date, _ effects: inout [Effect]) {
        guard isUnderWay(number, attempt) else { return }
        active -= 1
        let stop = extras.isEmpty ? nil : extras[number]?.stop
        let outcome = (extras.isEmpty ? nil : extras[number]?.kept).map { $0.adding(outcome) } ?? outcome
        if let excess = shareDataExcess(outcome.shareData) { return finish(number, .failed, reason: excess, at: now, &effects) }
        switch outcome.result {
        // What succeeded although it was canceled has succeeded.
        case .success: finish(number, .success, outcome: outcome, at: now, &effects)
        case .ran: becomeEnding(number, outcome, at: now, &effects)
        case _ where stop != nil:
            guard let stop else { return }
            finish(number, stop.status, reason: stop.reason, outcome: outcome, at: now, &effects)
        case .failed(let reason): failed(number, reason, isTimeout: false, outcome, at: now, &effects)
        case .timedOut(let reason): failed(number, reason, isTimeout: true, outcome, at: now, &effects)
        case .canceled(let reason): finish(number, .canceled, reason: reason, outcome: outcome, at: now, &effects)
        case .parked(let time): wait(number, .parked, until: time, reason: "", outcome, at: now, &effects)
        case .blocked(let reason, let time): wait(number, .blocked, until: time, reason: reason, outcome, at: now, &effects)
        }
    }

    private func isUnderWay(_ number: Int, _ attempt: Int?) -> Bool {
        let task = tasks[number]
        guard attempt == nil || attempt == Int(task.attempt) else { return false }
        return task.status == .running || task.status == .queued || task.status == .ending
    }

    mutating func abandoned(_ number: Int, _ attempt: Int?, at now: Date, _ effects: inout [Effect]) {
        guard isUnderWay(number, attempt) else { return }
        active -= 1
        if let stop = extras[number]?.stop {
            return finish(number, stop.status, reason: stop.reason, outcome: extras[number]?.kept, at: now, &effects)
        }
        // What never began may begin elsewhere.
        if tasks[number].status == .queued { instance.claims[id(of: number)] = nil }
        tasks[number].status = .`init`
        params[number] = nil
        // The node stops, though word of it may still be on its way: the run must not be taken for one with nothing left to do.
        if phase == .running { phase = .handingBack }
        endIfNothingIsLeft(at: now, &effects)
    }

    /// Run is done; RunAfter follows when that is durable.
    private mutating func becomeEnding(_ number: Int, _ outcome: TaskOutcome, at now: Date, _ effects: inout [Effect]) {
        active += 1
        tasks[number].status = .ending
        var document = document(number, status: .ending)
        document.output = outcome.output
        document.shareData = ordered(outcome.shareData, of: number)
        extras[number, default: Extra()].kept = outcome
        record(document, number, &effects)
        extras[number]?.announced = version
    }

    // MARK: Failures and waits

    private mutating func failed(
        _ number: Int, _ reason: String, isTimeout: Bool, _ outcome: TaskOutcome, at now: Date, _ effects: inout [Effect]
    ) {
        let policy = graph.tasks[template(of: number)].retry ?? dag.retry
        let retries = extras[number]?.history.retries ?? 0
        guard let policy, !mustEnd(number), policy.allows(reason, isTimeout: isTimeout, retries: retries), outcome.advice != .never else {
            return finish(number, .failed, reason: reason, outcome: outcome, at: now, &effects)
        }
        var delay = policy.delay(before: retries + 1, seed: "\(instance.id)/\(id(of: number))/\(tasks[number].attempt)")
        if case .after(let seconds) = outcome.advice { delay = min(max(seconds, 0), Self.longestDelay) }
        let time = now.addingTimeInterval(delay)
        if let limit = totalLimit(number), time >= limit {
            return finish(
                number, .failed, reason: reason + " (no time for another attempt within totalTimeoutSecs)", outcome: outcome, at: now,
                &effects)
        }
        var extra = extras[number] ?? Extra()
        extra.history.retries = retries + 1
        extra.history.firstStartedAt = extra.history.firstStartedAt ?? tasks[number].startedAt
        (extra.history.memo, extra.history.childRun, extra.kept) = (nil, nil, nil)
        extras[number] = extra
        var kept = TaskOutcome(outcome.result, shareData: outcome.shareData)
        kept.worker = outcome.worker
        wait(number, .retrying, until: time, reason: reason, kept, at: now, &effects)
    }

    /// The longest that an action may put its next attempt off, in seconds: 30 days.
    static let longestDelay: TimeInterval = 30 * 86_400

    private func totalLimit(_ number: Int) -> Date? {
        guard let limit = graph.tasks[template(of: number)].totalTimeoutSecs else { return nil }
        return (extras[number]?.history.firstStartedAt ?? tasks[number].startedAt)?.addingTimeInterval(TimeInterval(limit))
    }

    /// The task is not under way any more and not over: it goes on when its time has come, or somebody says so.
    private mutating func wait(
        _ number: Int, _ status: TaskInstanceStatus, until time: Date?, reason: String, _ outcome: TaskOutcome, at now: Date,
        _ effects: inout [Effect]
    ) {
        tasks[number].status = status
        var extra = extras[number] ?? Extra()
        extra.wakeAt = time
        extra.kept = nil
        if status != .retrying { (extra.history.memo, extra.history.childRun) = (outcome.memo, outcome.childRun) }
        extra.history.firstStartedAt = extra.history.firstStartedAt ?? tasks[number].startedAt
        extras[number] = extra
        var document = document(number, status: status)
        document.reason = reason
        document.worker = outcome.worker ?? worker
        if status == .retrying { document.endedAt = now }
        document.shareData = ordered(outcome.shareData, of: number)
        extras[number]?.shareData = document.shareData
        if status != .parked { extras[number]?.last = TaskHistory.Attempt(document) }
        if !document.shareData.isEmpty { ends[number] = Legacy(output: nil, shareData: document.shareData) }
        unrecorded += 1
        record(document, number, &effects)
        tasks[number].finalVersion = version
        if let time { effects.append(.setAlarm(Alarm(.wake, task: number, attempt: tasks[number].attempt), at: time)) }
        if status == .retrying { params[number] = nil }
    }

    /// A task that waits goes on.
    mutating func wake(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard phase == .running, !isPaused, !mustEnd(number), !isReviving, !isMarked(number) else { return }
        guard isExit(number) == isAtExit, tasks[number].finalVersion == nil else { return }
        let status = tasks[number].status
        guard status == .retrying || status == .parked || status == .blocked else { return }
        extras[number]?.wakeAt = nil
        if status == .retrying {
            if let last = extras[number]?.last { noteEnd(last, number) }
            tasks[number].status = .`init`
            tasks[number].startedAt = nil
            wakeReady(number, at: now, &effects)
        } else {
            // The same attempt is called again, with what it left for itself.
            extras[number]?.last = nil
            tasks[number].status = .queued
            active += 1
            dispatch(number, template(of: number), &effects)
        }
    }

    /// All that waits for a time that has come goes on.
    mutating func wakeAllDue(at now: Date, _ effects: inout [Effect]) {
        for number in extras.keys.sorted() {
            if let time = extras[number]?.wakeAt, time <= now { wake(number, at: now, &effects) }
        }
    }

    /// The next attempt: its checks were looked at before the first.
    private mutating func wakeReady(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        let wasContinued = extras[number]?.isContinued ?? false
        extras[number, default: Extra()].isContinued = true
        makeReady(number, at: now, &effects)
        extras[number]?.isContinued = wasContinued
    }

    mutating func rang(_ alarm: Alarm, at now: Date, _ effects: inout [Effect]) {
        if alarm.kind == .runLimit { return runLimitIsOver(at: now, &effects) }
        let number = alarm.task
        guard number < tasks.count, phase == .running else { return }
        // The limit of all attempts is no attempt's own.
        guard alarm.kind == .totalLimit || Int(tasks[number].attempt) == alarm.attempt else { return }
        switch alarm.kind {
        case .wake:
            guard let time = extras[number]?.wakeAt else { return }
            guard time <= now else { return effects.append(.setAlarm(alarm, at: time)) }
            wake(number, at: now, &effects)
        case .startLimit:
            // A wait that is called again has started before.
            guard tasks[number].status == .queued, tasks[number].startedAt == nil else { return }
            let limit = graph.tasks[template(of: number)].startTimeoutSecs ?? 0
            stop(number, Stop(status: .failed, reason: "it waited longer than \(limit) s for its start"), at: now, &effects)
        case .totalLimit:
            guard !tasks[number].status.isFinal, let limit = totalLimit(number) else { return }
            guard limit <= now else { return effects.append(.setAlarm(alarm, at: limit)) }
            let secs = graph.tasks[template(of: number)].totalTimeoutSecs ?? 0
            stop(number, Stop(status: .failed, reason: "all its attempts took longer than \(secs) s"), at: now, &effects)
        case .overdue:
            guard isUnderWay(number, alarm.attempt), let stop = extras[number]?.stop else { return }
            active -= 1
            finish(
                number, stop.status,
                reason: "\(stop.reason); its action did not stop within \(Int(Self.cancelGrace)) s and may still be at work", at: now,
                &effects)
        case .runLimit: break
        }
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func runLimitIsOver(at now: Date, _ effects: inout [Effect]) {
        // A retry on its way sets another limit when it has arrived. A resume sets none, and nothing starts by it once the limit has come.
        guard phase == .running, !isStopping, !isAtExit, !changes.contains(where: { $0.change.revives }), let runLimit else { return }
        guard runLimit <= now else { return effects.append(.setAlarm(Alarm(.runLimit), at: runLimit)) }
        stageFailure("the run took longer than \(dag.timeoutSecs ?? 0) s", &effects)
    }

    // MARK: Stopping

    var stopReason: String {
        if let author = instance.control?.cancel { return "canceled by \(author.words)" }
        return instance.control?.failure ?? "canceled"
    }

    /// The run is to end: what runs is canceled, what waits is over.
    mutating func stopAll(at now: Date, _ effects: inout [Effect]) {
        isHeld = true
        let reason = stopReason
        let isEndingNow = instance.control?.endsNow ?? false
        for (number, fan) in fans where fan.isOpen && fan.stop == nil && (isEndingNow || !isExit(number)) {
            fans[number]?.stop = Stop(status: .canceled, reason: reason)
        }
        for number in tasks.indices where isEndingNow || !isExit(number) {
            stop(number, Stop(status: .canceled, reason: reason), at: now, &effects)
        }
        for number in fans.keys.sorted() { closeFanIfDone(number, at: now, &effects) }
    }

    /// A task is to end: an attempt is canceled, a wait is over. What has not begun is left alone.
    mutating func stop(_ number: Int, _ stop: Stop, at now: Date, _ effects: inout [Effect]) {
        switch tasks[number].status {
        case .running, .ending:
            guard number >= graph.count || graph.tasks[number].forEach == nil else {
                return stopFan(number, stop, because: stop.reason, at: now, &effects)
            }
            guard extras[number]?.stop == nil else { return }
            extras[number, default: Extra()].stop = stop
            if extras[number]?.announced != nil, tasks[number].status == .ending { return }
            effects.append(.cancelAttempt(number, attempt: Int(tasks[number].attempt)))
            effects.append(
                .setAlarm(Alarm(.overdue, task: number, attempt: tasks[number].attempt), at: now.addingTimeInterval(Self.cancelGrace)))
        case .queued:
            active -= 1
            instance.claims[id(of: number)] = nil
            claiming.removeAll { $0.number == number }
            extras[number]?.announced = nil
            effects.append(.cancelAttempt(number, attempt: Int(tasks[number].attempt)))
            finish(number, stop.status, reason: stop.reason, at: now, &effects)
        case .retrying, .parked, .blocked:
            endWait(number, stop, at: now, &effects)
        case .`init` where extras[number]?.wasLost == true: finish(number, stop.status, reason: stop.reason, at: now, &effects)
        case .`init`, .`continue`, .success, .failed, .canceled, .skipped: break
        }
    }

    private mutating func endWait(_ number: Int, _ stop: Stop, at now: Date, _ effects: inout [Effect]) {
        if tasks[number].status == .parked {
            cancelChild(of: number, instance.control?.cancel ?? Author(by: "run \(instance.id)", reason: stop.reason, at: now), &effects)
        }
        settleRecord(number)
        if tasks[number].status == .retrying, let last = extras[number]?.last { noteEnd(last, number) }
        extras[number]?.wakeAt = nil
        finish(number, stop.status, reason: stop.reason, at: now, &effects)
    }

    mutating func cancelChild(of number: Int, _ author: Author, _ effects: inout [Effect]) {
        guard let child = extras[number]?.history.childRun else { return }
        effects.append(.send(Command(id: "\(child)/canceled", run: child, kind: .cancel, author: author)))
    }

    /// What is on its way to the store of a task that goes on is not waited for.
    mutating func settleRecord(_ number: Int) {
        guard tasks[number].finalVersion != nil else { return }
        tasks[number].finalVersion = nil
        unrecorded -= 1
        if let end = ends.removeValue(forKey: number) { show(end, of: number) }
    }

    // MARK: Ends of tasks

    /// A task is over, or blocked by a check: its document must become durable before anything follows from it.
    mutating func finish(
        _ number: Int, _ status: TaskInstanceStatus, reason: String = "", outcome: TaskOutcome? = nil, at now: Date,
        _ effects: inout [Effect]
    ) {
        if tasks[number].status == .`init`, instance.control != nil { passMark(number) }
        tasks[number].status = status
        if status != .blocked { tasks[number].attempt = max(tasks[number].attempt, 1) }
        var document = document(number, status: status)
        document.reason = reason
        document.worker = outcome?.worker ?? worker
        document.endedAt = now
        document.startedAt = document.startedAt ?? now
        document.output = outcome?.output
        document.shareData = ordered(outcome?.shareData ?? [], of: number)
        params[number] = nil
        if !extras.isEmpty, var extra = extras[number] {
            (extra.stop, extra.kept, extra.announced, extra.wakeAt, extra.wasLost) = (nil, nil, nil, nil, false)
            extras[number] = extra
            document.wakeAt = nil
        }
        if status == .failed || status == .canceled || status == .blocked {
            extras[number, default: Extra()].last = TaskHistory.Attempt(document)
        }
        let legacy = Legacy(output: status == .success ? document.output : nil, shareData: document.shareData)
        ends[number] = legacy.isEmpty ? nil : legacy
        unrecorded += 1
        record(document, number, &effects)
        tasks[number].finalVersion = version
    }

    /// A task that ends without another attempt, though a command says that it runs again: its document must tell that this has been done.
    private mutating func passMark(_ number: Int) {
        guard let mark = instance.control?.marks[id(of: number)], mark.act == .reset, mark.attempt >= tasks[number].attempt else { return }
        tasks[number].attempt = Int32(clamping: mark.attempt + 1)
    }

    /// Changes of share data with their places among those of the run, behind what earlier attempts of the task did.
    mutating func ordered(_ edits: [ShareDataEdit], of number: Int) -> [ShareDataChange] {
        let changes = edits.map { edit in
            version = version.next
            return ShareDataChange(order: version, key: edit.key, value: edit.value)
        }
        guard !extras.isEmpty, let earlier = extras[number]?.shareData, !earlier.isEmpty else { return changes }
        let keys = Set(changes.map(\.key))
        return earlier.filter { !keys.contains($0.key) } + changes
    }

    mutating func recorded(_ number: Int, _ version: RecordVersion, at now: Date, _ effects: inout [Effect]) {
        tasks[number].hasDocument = true
        if !extras.isEmpty, let announced = extras[number]?.announced, version >= announced {
            extras[number]?.announced = nil
            startAnnounced(number, at: now, &effects)
        }
        if !fans.isEmpty, let list = fans[number]?.listVersion, version >= list { listRecorded(number, at: now, &effects) }
        if tasks[number].finalVersion == version {
            tasks[number].finalVersion = nil
            unrecorded -= 1
            if let end = ends.removeValue(forKey: number) { show(end, of: number) }
            if tasks[number].status.isFinal {
                if number < graph.count {
                    // Who depends on an unreachable one has been told.
                    if !tasks[number].isUnreachable { resolve(number, tasks[number].status, at: now, &effects) }
                } else {
                    itemEnded(number, at: now, &effects)
                }
            } else {
                // It may be called again: that it waits says that it has not begun twice.
                if instance.claims.removeValue(forKey: id(of: number)) != nil { recordInstance(&effects) }
            }
            if !changes.isEmpty { applyChanges(at: now, &effects) }
            if !tasks[number].status.isFinal, let time = extras[number]?.wakeAt, time <= now { wake(number, at: now, &effects) }
        }
        endIfNothingIsLeft(at: now, &effects)
    }

    /// What had to be durable before an attempt starts, or RunAfter, is.
    private mutating func startAnnounced(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        switch tasks[number].status {
        case .queued where phase == .running: effects.append(.start(number, document(number, status: .queued)))
        case .queued where phase == .handingBack: abandoned(number, nil, at: now, &effects)
        case .ending:
            if let stop = extras[number]?.stop {
                active -= 1
                finish(number, stop.status, reason: stop.reason, outcome: extras[number]?.kept, at: now, &effects)
            } else {
                effects.append(.start(number, document(number, status: .ending)))
            }
        default: break
        }
    }
}

extension TaskOutcome {
    /// This, with what came after it.
    func adding(_ later: TaskOutcome) -> TaskOutcome {
        var both = later
        (both.output, both.shareData) = (later.output ?? output, shareData + later.shareData)
        return both
    }
}

extension Author {
    /// `ann: wrong cluster`.
    public var words: String { reason.isEmpty ? by : "\(by): \(reason)" }
}

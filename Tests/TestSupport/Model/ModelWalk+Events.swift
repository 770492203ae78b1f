import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ModelWalk {
    // MARK: Attempts

    mutating func start(_ index: Int) {
        let attempt = startable.remove(at: index)
        running.append(attempt)
        note("start \(attempt.id)#\(attempt.attempt)")
        guard !attempt.isRunAfter else { return }
        reference.started(attempt.id, at: now)
        send(.taskStarted(attempt.number))
    }

    mutating func end(_ index: Int) {
        let attempt = running.remove(at: index)
        let key = "\(attempt.id)#\(attempt.attempt)"
        var outcome = model.outcome(
            attempt.id, attempt: attempt.attempt, call: calls[key, default: 0], isRunAfter: attempt.isRunAfter, at: now)
        if canceled.contains(attempt) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: break
            case 1 where !alarms.isEmpty: return running.append(attempt)
            default: outcome = TaskOutcome(.canceled(reason: "canceled"))
            }
        } else if reference.isHandingBack, Bool.random(using: &random) {
            note("abandoned \(key)")
            reference.abandoned(attempt.id, attempt.attempt)
            return send(.taskAbandoned(attempt.number, attempt: attempt.attempt))
        }
        if case .parked = outcome.result { calls[key, default: 0] += 1 }
        if case .blocked = outcome.result { calls[key, default: 0] += 1 }
        note("end \(key) \(outcome.result)")
        reference.ended(attempt.id, attempt.attempt, outcome, at: now)
        send(.taskEnded(attempt.number, outcome, attempt: attempt.attempt))
    }

    // MARK: Records

    mutating func write(_ number: Int) {
        guard let record = waiting.removeValue(forKey: number) else { return }
        if !store(record) { complain("the only owner is fenced: \(record.task.taskId)") }
        note("written \(record.task.taskId)=\(record.task.status.rawValue)#\(record.task.attempt)")
        reference.heard(record.task.taskId)
        send(.taskRecorded(number, record.task.version))
    }

    /// The record is in the store, and the answer is lost.
    mutating func writeUnheard(_ number: Int) {
        guard let record = waiting[number] else { return }
        if !store(record) { complain("the only owner is fenced: \(record.task.taskId)") }
    }

    mutating func writeLate() {
        let record = late.remove(at: Int.random(in: 0..<late.count, using: &random))
        let before = documents[record.task.id]
        let landed = store(record)
        guard record.task.version.epoch < instance.version.epoch else { return }
        if landed, before != nil { complain("a record of an owner that is gone landed: \(record.task.taskId)") }
        // One that nobody knew of: it does not count, since its epoch is lower.
        if landed, before == nil { documents[record.task.id] = nil }
    }

    private mutating func store(_ record: TaskWrite) -> Bool {
        if let existing = documents[record.task.id] {
            guard existing.version <= record.task.version else { return false }
            if existing.version == record.task.version { return true }
        } else if !record.isFirst {
            return false
        }
        documents[record.task.id] = record.task
        if record.task.version.epoch == instance.version.epoch { reference.write(record.task.taskId, record.entry) }
        return true
    }

    mutating func writeInstance() {
        guard let record = waitingInstance else { return }
        waitingInstance = nil
        if record.instance.status.isFinal, !waiting.isEmpty { complain("the run ends before its tasks are durable") }
        let former = Set(instance.control?.applied ?? [])
        let commands = (record.instance.control?.applied ?? []).filter { !former.contains($0) }
        instance = record.instance
        let status = instance.status
        note("run written: \(status.rawValue) \(commands)")
        expected = record.expected
        reference.write(commands: commands, control: record.control)
        reference.heard(commands: commands)
        if instance.control?.failure != nil { reference.heardLimit(at: now) }
        let isTaking = awaitsInside && instance.control?.commands.isEmpty ?? true
        if isTaking {
            awaitsInside = false
            reference.settle(at: now)
            if !reference.isHandingBack { reference.begin(at: now) }
        }
        send(.instanceRecorded(record.instance.version), isTaking: isTaking)
    }

    // MARK: Time

    /// Time passes until the next alarm, which rings.
    mutating func passTime() {
        guard let next = alarms.map(\.due).min() else { return }
        now = max(now, next)
        ring()
    }

    mutating func ring() {
        while machine != nil, let first = alarms.map(\.due).min(), first <= now {
            let due = alarms.filter { $0.due == first }.sorted { $0.place < $1.place }
            alarms.removeAll { $0.due == first }
            var effects: [InstanceMachine.Effect] = []
            for alarm in due.map(\.alarm) {
                note("alarm \(alarm.kind) \(alarm.task)#\(alarm.attempt)")
                machine?.handle(.alarm(alarm), at: now, &effects)
            }
            reference.settle(at: now, meetsLimits: true, clock: first)
            for effect in effects { carryOut(effect) }
        }
    }

    // MARK: The machine

    /// - Parameter isTaking: whether the event lets the machine look at what it found for the first time.
    mutating func send(_ event: InstanceMachine.Event, isTaking: Bool = false) {
        guard let effects = machine?.handle(event, at: now) else { return }
        if reference.isHandingBack, waitingInstance == nil {
            let announced = waiting.values.map(\.task.taskId)
            reference.dropUnstarted(but: Set((startable + running).map(\.id) + announced))
        }
        reference.settle(at: now, wakes: !isTaking)
        for effect in effects { carryOut(effect) }
        ring()
    }

    private mutating func carryOut(_ effect: InstanceMachine.Effect) {
        switch effect {
        case .start(let number, let task):
            let attempt = Attempt(number: number, id: task.taskId, attempt: task.attempt, isRunAfter: task.status == .ending)
            note("may start \(attempt.id)#\(attempt.attempt)")
            checkStart(attempt)
            canceled.remove(attempt)
            startable.append(attempt)
        case .cancelAttempt(let number, let attempt):
            // RunAfter that has not begun is answered like one that has.
            running += startable.filter { $0.number == number && $0.attempt == attempt && $0.isRunAfter }
            startable.removeAll { $0.number == number && $0.attempt == attempt }
            for one in running where one.number == number && one.attempt == attempt { canceled.insert(one) }
        case .recordTask(let number, let task, let isFirst):
            check(task.version)
            let entry = reference.entry(task.taskId)
            if !Self.agree(task, entry) {
                complain(
                    "\(task.taskId) is written as \(task.status.rawValue)#\(task.attempt), and is \(entry.stand.rawValue)#\(entry.attempt)")
            }
            waiting[number] = TaskWrite(task: task, isFirst: isFirst, entry: entry)
        case .recordInstance(let instance):
            check(instance.version)
            waitingInstance = InstanceWrite(
                instance: instance, control: reference.controlNow, expected: reference.standing(at: now, parkAfter: 30))
        case .watchTask(let number, let attempt): watched.append(.taskOutlasts(number, attempt: attempt))
        case .watchRun: watched.append(.runOutlasts)
        case .setAlarm(let alarm, let due):
            alarmCount += 1
            alarms.append((due, alarmCount, alarm))
        case .settle(let record): settle(record)
        case .send: break
        case .release(let status): released(status)
        case .giveUp(let reason): complain("gives up: \(reason)")
        }
    }

    private static func agree(_ task: TaskInstance, _ entry: ReferenceRun.Entry) -> Bool {
        guard entry.attempt == task.attempt else { return false }
        if task.status == .running { return entry.stand == .ready || entry.stand == .running }
        return task.status.rawValue == entry.stand.rawValue
    }

    private mutating func check(_ version: RecordVersion) {
        if version <= lastVersion { complain("versions do not grow: \(version) after \(lastVersion)") }
        lastVersion = version
    }

    private mutating func checkStart(_ attempt: Attempt) {
        let entry = reference.entry(attempt.id)
        if attempt.isRunAfter ? entry.stand != .ending : entry.stand != .ready {
            complain("\(attempt.id)#\(attempt.attempt) starts, and is \(entry.stand.rawValue)#\(entry.attempt)")
        }
        let key = "\(attempt.id)#\(attempt.attempt)#\(calls["\(attempt.id)#\(attempt.attempt)", default: 0])#\(attempt.isRunAfter)"
        if !begun.insert(key).inserted { complain("\(key) starts twice") }
        if let group = ReferenceRun.group(attempt.id), let limit = model.dag.allTasks.first(where: { $0.id == group })?.forEach?.maxParallel
        {
            let busy = Set((startable + running).filter { ReferenceRun.group($0.id) == group && !canceled.contains($0) }.map(\.id))
                .subtracting([attempt.id])
            if busy.count >= limit { complain("\(attempt.id) starts beyond maxParallel") }
        }
    }

    private mutating func released(_ status: DagInstanceStatus) {
        let wake = instance.wakeAt
        note("released \(status.rawValue) wake \(wake.map { "\($0.timeIntervalSince1970 - 1_000)" } ?? "-")")
        if status == .`init` {
            if !reference.isHandingBack { complain("handed back by itself") }
        } else if expected != status, !reference.isHandingBack || expected != nil {
            complain("released as \(status.rawValue) (\(instance.reason)), the reference says \(expected?.rawValue ?? "not yet")")
        }
        machine = nil
        isReleased = true
        late += waiting.values
        (waiting, waitingInstance, watched, alarms, startable, running) = ([:], nil, [], [], [], [])
        begun = []
    }

    // MARK: Checks

    var isQuiescent: Bool { waiting.isEmpty && waitingInstance == nil && !awaitsInside }

    func statuses() -> String {
        reference.allIDs.map { id in
            let status = machine.flatMap { machine in machine.number(of: id).map { machine.status(of: $0).rawValue } } ?? "-"
            let entry = reference.entry(id)
            return "\(id):\(status)/\(entry.stand.rawValue)#\(entry.attempt)\(entry.isDurable ? "" : "~")"
        }.joined(separator: " ")
    }

    mutating func checkAgreement() {
        guard let machine else { return }
        for id in reference.allIDs {
            let entry = reference.entry(id)
            guard let status = machine.number(of: id).map({ machine.status(of: $0) }) else { continue }
            let expected: String = entry.stand == .idle ? "init" : entry.stand == .ready ? "queued" : entry.stand.rawValue
            guard status.rawValue == expected else {
                return complain("\(id) is \(status.rawValue), the reference says \(expected)#\(entry.attempt); \(statuses())")
            }
        }
        let mine = Set((startable + running).map { "\($0.id)#\($0.attempt)" })
        guard reference.underWay.isSubset(of: mine) else {
            return complain("under way is \(mine.sorted()), the reference says \(reference.underWay.sorted())")
        }
        if let standing = reference.standing(at: now, parkAfter: 30), !isReleased {
            complain("the run should be \(standing.rawValue) and goes on; \(statuses())")
        }
    }

    /// Nothing more can happen: the run is over, blocked, or paused, and every command is settled.
    mutating func checkRest() {
        if machine != nil { complain("an owner has nothing to do and keeps the run") }
        let isResting =
            instance.status.isFinal || instance.status == .blocked || (instance.status == .parked && instance.control?.isPaused == true)
        if !isResting { complain("the run rests as \(instance.status.rawValue)") }
        if !open.isEmpty { complain("commands are open: \(open.keys.sorted())") }
        for (id, status) in verdicts where settled[id] == nil { complain("command \(id) (\(status.rawValue)) was never settled") }
    }
}

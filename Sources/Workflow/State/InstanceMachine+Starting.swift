#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    // MARK: Who may start

    /// What was found is settled: ends that are due are written, times are set, and all that can start does.
    mutating func startAll(at now: Date, _ effects: inout [Effect]) {
        hasStarted = true
        setRunLimit(&effects)
        if isStopping { stopAll(at: now, &effects) }
        isHeld = isPaused || isStopping
        failWhatMustNotRunAgain(at: now, &effects)
        applyMarks(at: now, &effects)
        for number in extras.keys.sorted() { goOn(number, at: now, &effects) }
        stopBrokenFans(at: now, &effects)
        considerAll(at: now, &effects)
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func failWhatMustNotRunAgain(at now: Date, _ effects: inout [Effect]) {
        let reason = "its worker was lost when it may have begun, and it must not run twice (onWorkerLost: fail)"
        for (id, attempt) in instance.claims.sorted(by: { $0.key < $1.key }) {
            // What somebody has decided about the attempt holds.
            guard let number = number(of: id), attempt > instance.control?.marks[id]?.attempt ?? 0 else { continue }
            switch tasks[number].status {
            case .`init`: finish(number, .failed, reason: reason, at: now, &effects)
            // Its claim would be gone if it had not been called again.
            case .parked where attempt == tasks[number].attempt, .blocked where attempt == tasks[number].attempt:
                stop(number, Stop(status: .failed, reason: reason), at: now, &effects)
            default: break
            }
        }
        for (id, lost) in (instance.control?.lost ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let number = number(of: id), extras[number]?.wasLost == true, tasks[number].status == .`init` else { continue }
            guard lost.count > graph.tasks[template(of: number)].maxLostAttempts ?? Self.defaultLostAttempts else { continue }
            finish(number, .failed, reason: "its worker was lost \(lost.count) times while it ran", at: now, &effects)
        }
    }

    /// Goes on with a task of which more was found than its document's status: a wait, an end that is to be written, RunAfter.
    private mutating func goOn(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        switch tasks[number].status {
        case .retrying, .parked, .blocked:
            if let time = extras[number]?.wakeAt {
                effects.append(.setAlarm(Alarm(.wake, task: number, attempt: tasks[number].attempt), at: time))
            }
            setTotalLimit(number, &effects)
        case .ending where !mustEnd(number):
            active += 1
            effects.append(.start(number, document(number, status: .ending)))
        case .ending: finish(number, .canceled, reason: stopReason, outcome: extras[number]?.kept, at: now, &effects)
        case .`init`: setTotalLimit(number, &effects)
        default: break
        }
    }

    /// Lets all start that can.
    mutating func considerAll(at now: Date, _ effects: inout [Effect]) {
        guard phase == .running else { return }
        if !reused.isEmpty || !leftOut.isEmpty, !isHeld { takeReused(at: now, &effects) }
        let range = isAtExit ? graph.exitStart..<graph.count : 0..<graph.exitStart
        for number in range {
            let task = tasks[number]
            guard task.status == .`init`, !task.isUnreachable else { continue }
            if task.openParents == 0 || task.failedParents > 0 || !graph.triggers.isEmpty { consider(number, at: now, &effects) }
        }
        for number in fans.keys.sorted() where fans[number]?.isOpen == true {
            resumeItems(of: number, at: now, &effects)
            startItems(of: number, at: now, &effects)
        }
    }

    /// What another run has done is not done again, and what nobody asked for is not done.
    private mutating func takeReused(at now: Date, _ effects: inout [Effect]) {
        for (number, outcome) in reused.sorted(by: { $0.key < $1.key }) where tasks[number].status == .`init` {
            finish(number, .success, reason: "taken over from run \(instance.origin?.run ?? "")", outcome: outcome, at: now, &effects)
        }
        for number in leftOut where tasks[number].status == .`init` {
            finish(number, .skipped, reason: "only the task '\(instance.origin?.task ?? "")' was to run", at: now, &effects)
        }
        (reused, leftOut) = ([:], [])
    }

    /// Notes what became of a parent.
    mutating func count(_ status: TaskInstanceStatus, of child: Int) {
        tasks[child].openParents -= 1
        if status == .skipped {
            tasks[child].skippedParents += 1
        } else if status != .success {
            tasks[child].failedParents += 1
        }
    }

    /// A task is over, durable: what follows from it?
    mutating func resolve(_ number: Int, _ status: TaskInstanceStatus, at now: Date, _ effects: inout [Effect]) {
        for child in graph.children(of: number) {
            count(status, of: child)
            // The common case first: all is well, and the rule is the usual one.
            if graph.triggers.isEmpty, tasks[child].failedParents == 0 {
                if tasks[child].openParents == 0 { makeReady(child, at: now, &effects) }
            } else {
                consider(child, at: now, &effects)
            }
        }
    }

    /// What the rule of a task says now; those that can never start any more are told on to who depends on them.
    private mutating func consider(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        var open = [number]
        while let number = open.popLast() {
            guard tasks[number].status == .`init`, !tasks[number].isUnreachable else { continue }
            switch triggerVerdict(number) {
            case .wait: continue
            case .start: makeReady(number, at: now, &effects)
            case .skip(let reason):
                if mayStart(number) { finish(number, .skipped, reason: "trigger \(ruleName(number)): \(reason)", at: now, &effects) }
            case .unreachable:
                tasks[number].isUnreachable = true
                for child in graph.children(of: number) {
                    count(.failed, of: child)
                    open.append(child)
                }
            }
        }
    }

    func triggerVerdict(_ number: Int) -> TriggerVerdict {
        let task = tasks[number]
        return TriggerVerdict(
            graph.triggers.isEmpty ? nil : graph.triggers[number],
            TriggerVerdict.Parents(
                count: graph.parentCount(of: number), open: Int(task.openParents), failed: Int(task.failedParents),
                skipped: Int(task.skippedParents)))
    }

    private func ruleName(_ number: Int) -> String { graph.triggers[number]?.rawValue ?? "none" }

    /// Whether a task that can start may.
    func mayStart(_ number: Int) -> Bool {
        guard phase == .running, !isReviving else { return false }
        if !isHeld { return !isExit(number) }
        return isAtExit && isExit(number) && !isPaused && instance.control?.endsNow != true
    }

    // MARK: Starting

    /// A task whose rule holds: checks and parameters decide whether it runs.
    mutating func makeReady(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].status == .`init`, mayStart(number) else { return }
        let template = template(of: number)
        // Of a task only what is needed is looked at: a copy of it costs more than all the rest.
        if number < graph.count, hasChecks(template), finishByChecks(number, at: now, &effects) { return }
        if number < graph.count, graph.tasks[template].forEach != nil { return openFan(number, at: now, &effects) }
        do throws(TemplateError) {
            try render(number, template)
            tasks[number].attempt += 1
            tasks[number].status = .queued
            active += 1
            start(number, template, at: now, &effects)
        } catch {
            finish(number, .failed, reason: error.description, at: now, &effects)
        }
    }

    private func hasChecks(_ template: Int) -> Bool {
        !graph.tasks[template].preChecks.isEmpty || graph.tasks[template].when != nil
    }

    /// - Returns: whether the task's checks keep it from running.
    private mutating func finishByChecks(_ number: Int, at now: Date, _ effects: inout [Effect]) -> Bool {
        guard extras[number]?.isContinued != true else { return false }
        let scope = scope(for: number)
        if let check = graph.tasks[number].preChecks.firstHolding(in: scope) {
            let status: TaskInstanceStatus = check.act == .skip ? .skipped : .blocked
            finish(number, status, reason: "preCheck '\(check.name)' holds", at: now, &effects)
            return true
        }
        if let failing = graph.tasks[number].when?.first(where: { !$0.holds(in: scope) }) {
            finish(number, .skipped, reason: "when: \(failing) does not hold", at: now, &effects)
            return true
        }
        return false
    }

    private mutating func render(_ number: Int, _ template: Int) throws(TemplateError) {
        let given = graph.tasks[template].params
        guard !given.isEmpty else { return }
        if instance.origin?.kind == .task {
            // They were rendered by the run that the task belongs to; what they hold is no template.
            params[number] = given
        } else {
            params[number] = try Value.object(given).rendered(in: scope(for: number)).objectValue ?? [:]
        }
    }

    /// What templates and conditions of a task can name.
    func scope(for number: Int) -> TemplateScope {
        var scope = TemplateScope(
            vars: instance.vars, shareData: shareData, outputs: outputs, runID: instance.id, dagID: instance.dagId)
        scope.trigger = instance.trigger.rawValue
        scope.lists = dag.listVars
        if isAtExit {
            let (status, reason) = mainVerdict()
            (scope.status, scope.reason) = (status.rawValue, reason)
        }
        if number >= graph.count {
            let item = items[number - graph.count]
            scope.index = item.index
            scope.item = fans[item.group]?.values[item.index]
        }
        return scope
    }

    /// An attempt goes to the executor, after what must be durable before.
    private mutating func start(_ number: Int, _ template: Int, at now: Date, _ effects: inout [Effect]) {
        if let limit = graph.tasks[template].startTimeoutSecs {
            effects.append(
                .setAlarm(Alarm(.startLimit, task: number, attempt: tasks[number].attempt), at: now.addingTimeInterval(TimeInterval(limit)))
            )
        }
        dispatch(number, template, &effects)
    }

    /// An attempt, or another call of one, goes to the executor.
    mutating func dispatch(_ number: Int, _ template: Int, _ effects: inout [Effect]) {
        if graph.tasks[template].onWorkerLost == .fail {
            instance.claims[id(of: number)] = Int(tasks[number].attempt)
            recordInstance(&effects)
            claiming.append((number, instance.version))
        } else if instance.adoptions > 0 {
            // Workers have been lost with this run: which task it was at is written before it is at it again.
            record(document(number, status: .running), number, &effects)
            extras[number, default: Extra()].announced = version
        } else {
            effects.append(.start(number, document(number, status: .queued)))
        }
    }

    mutating func started(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].status == .queued else { return }
        tasks[number].status = .running
        // A wait that is called again began when it began.
        tasks[number].startedAt = tasks[number].startedAt ?? now
        effects.append(.watchTask(number, attempt: Int(tasks[number].attempt)))
        setTotalLimit(number, &effects)
    }

    private mutating func setTotalLimit(_ number: Int, _ effects: inout [Effect]) {
        guard let limit = graph.tasks[template(of: number)].totalTimeoutSecs else { return }
        guard let start = extras[number]?.history.firstStartedAt ?? tasks[number].startedAt else { return }
        effects.append(
            .setAlarm(
                Alarm(.totalLimit, task: number, attempt: tasks[number].attempt), at: start.addingTimeInterval(TimeInterval(limit))))
    }

    /// When the run must have ended, if it has a limit.
    var runLimit: Date? {
        guard let limit = dag.timeoutSecs, let start = instance.control?.revivedAt ?? instance.startedAt else { return nil }
        return start.addingTimeInterval(TimeInterval(limit))
    }

    func setRunLimit(_ effects: inout [Effect]) {
        if let runLimit, !isStopping { effects.append(.setAlarm(Alarm(.runLimit), at: runLimit)) }
    }
}

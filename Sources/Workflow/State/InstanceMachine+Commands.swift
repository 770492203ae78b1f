#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    // MARK: Taking in

    /// Somebody asks something. What changes the run is written into its document before anything follows from it; what does not apply is refused at once.
    mutating func told(_ command: Command, at now: Date, _ effects: inout [Effect]) {
        // Whoever owns the run next is asked again: an open command stays.
        guard phase == .running, !changes.contains(where: { $0.settled?.command.id == command.id }) else { return }
        if instance.control?.applied.contains(command.id) ?? false {
            return effects.append(.settle(CommandRecord(command, status: .done, result: "applied before", settledAt: now)))
        }
        switch CommandPlan(command, on: seen) {
        case .refuse(let why): effects.append(.settle(CommandRecord(command, status: .refused, result: why, settledAt: now)))
        case .nothingToDo(let why): effects.append(.settle(CommandRecord(command, status: .done, result: why, settledAt: now)))
        case .apply(let change, let result):
            let settled = CommandRecord(command, status: .done, result: result, settledAt: now)
            if command.kind == .wake {
                for id in change.wakes { wakeByCommand(id, at: now, &effects) }
                return effects.append(.settle(settled))
            }
            stage(change, settled)
            recordChanges(&effects)
        }
    }

    /// The leader has put commands into a run that nobody owned.
    mutating func takeCommandsInside(at now: Date, _ effects: inout [Effect]) {
        guard let inside = instance.control?.commands, !inside.isEmpty else { return }
        for command in inside where instance.control?.applied.contains(command.id) == false {
            // What is refused is out of the run, durable, before anybody is told: the next owner might find that it applies.
            switch CommandPlan(command, on: seen) {
            case .refuse(let why): stage(nil, CommandRecord(command, status: .refused, result: why, settledAt: now))
            case .nothingToDo(let why): stage(nil, CommandRecord(command, status: .done, result: why, settledAt: now))
            case .apply(let change, let result):
                stage(change, CommandRecord(command, status: .done, result: result, settledAt: now))
            }
        }
        changeControl { $0.commands = [] }
        if !changes.isEmpty { recordChanges(&effects) }
    }

    private mutating func stage(_ change: CommandPlan.Change?, _ settled: CommandRecord) {
        let before = instance.control
        if let change {
            changeControl { $0.take(change, of: settled.command) }
            // The documents of what runs again are overwritten: what they did to the share data is kept in the run's.
            if change.marks.values.contains(where: { $0.act == .reset }) { instance.shareData = shareData }
        }
        isHeld = isHeld || isPaused || isStopping
        changes.append(StagedChange(change: change ?? CommandPlan.Change(), settled: settled, before: before, version: .zero))
    }

    /// The run is to end as failed; nothing follows before that is durable.
    mutating func stageFailure(_ reason: String, _ effects: inout [Effect]) {
        let before = instance.control
        changeControl { ($0.failure, $0.isPaused) = (reason, false) }
        isHeld = true
        changes.append(StagedChange(change: CommandPlan.Change(), settled: nil, before: before, version: .zero))
        recordChanges(&effects)
    }

    private mutating func recordChanges(_ effects: inout [Effect]) {
        recordInstance(&effects)
        for index in changes.indices where changes[index].version == .zero { changes[index].version = version }
    }

    /// Whether a command about a task is on its way to the store: what waits must not go on before.
    func isMarked(_ number: Int) -> Bool { !changes.isEmpty && changes.contains { $0.change.marks[id(of: number)] != nil } }

    /// Whether something is to run again or go on as soon as that is durable: nothing starts before.
    var isReviving: Bool { !changes.isEmpty && changes.contains { $0.change.revives || $0.change.isPaused == false } }

    /// The run as commands see it.
    private var seen: CommandPlan.Run {
        var seen: [String: CommandPlan.Run.Task] = [:]
        for number in tasks.indices where tasks[number].status != .`init` || tasks[number].attempt > 0 {
            seen[id(of: number)] = CommandPlan.Run.Task(tasks[number].status, attempt: Int(tasks[number].attempt))
        }
        return CommandPlan.Run(
            status: instance.status, control: instance.control, graph: graph, tasks: seen,
            exitTasks: Set(graph.ids[graph.exitStart...]),
            // Of a run taken anew the documents say how far it had come.
            isAtExit: isAtExit || (graph.exitStart..<graph.count).contains { tasks[$0].status != .`init` || extras[$0]?.wasLost == true })
    }

    // MARK: Applying

    /// Applies what is durable, in order; a change of tasks whose ends are on their way waits for those.
    mutating func applyChanges(at now: Date, _ effects: inout [Effect]) {
        while let first = changes.first, first.version == nil {
            let isSettled = first.change.marks.keys.allSatisfy { id in number(of: id).map { tasks[$0].finalVersion == nil } ?? true }
            guard isSettled else { return }
            changes.removeFirst()
            apply(first.change, at: now, &effects)
            if let settled = first.settled { effects.append(.settle(settled)) }
        }
        if changes.isEmpty { goOnAfterChanges(at: now, &effects) }
    }

    /// All changes are durable and carried out: what follows from them?
    mutating func goOnAfterChanges(at now: Date, _ effects: inout [Effect]) {
        if phase == .handingBack, isStopping { stopAll(at: now, &effects) }
        guard phase == .running else { return endIfNothingIsLeft(at: now, &effects) }
        guard hasStarted else { return startAll(at: now, &effects) }
        setRunLimit(&effects)
        if isStopping { stopAll(at: now, &effects) }
        isHeld = isPaused || isStopping || isAtExit
        wakeAllDue(at: now, &effects)
        considerAll(at: now, &effects)
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func apply(_ change: CommandPlan.Change, at now: Date, _ effects: inout [Effect]) {
        for (id, mark) in change.marks.sorted(by: { $0.key < $1.key }) {
            if let number = number(of: id) { apply(mark, number, at: now, &effects) }
        }
        if change.revives {
            isAtExit = false
            for (id, mark) in change.marks where mark.act == .reset { instance.claims[id] = nil }
        }
        if change.marks.values.contains(where: { $0.act == .reset }) { countParents() }
        for id in change.wakes { wakeByCommand(id, at: now, &effects) }
    }

    /// Carries out what a mark says of a task, as far as it has not been carried out.
    mutating func apply(_ mark: TaskMark, _ number: Int, at now: Date, _ effects: inout [Effect]) {
        let status = tasks[number].status
        switch mark.act {
        case .reset:
            runAgain(number, mark, &effects)
        case .continued:
            if status == .blocked { letContinue(number, mark.author) }
        case .rejected:
            guard status == .blocked else { return }
            extras[number, default: Extra()].history.decision = TaskHistory.Decision(isApproved: false, author: mark.author)
            finish(number, .failed, reason: "rejected by \(mark.author.words)", at: now, &effects)
        case .canceled:
            let stop = Stop(status: .canceled, reason: "canceled by \(mark.author.words)")
            if status == .`init` {
                finish(number, stop.status, reason: stop.reason, at: now, &effects)
            } else {
                self.stop(number, stop, at: now, &effects)
            }
        }
    }

    private mutating func runAgain(_ number: Int, _ mark: TaskMark, _ effects: inout [Effect]) {
        switch tasks[number].status {
        case .queued, .running, .ending: return
        case .parked: cancelChild(of: number, mark.author, &effects)
        case .`init`, .retrying, .success, .failed, .canceled, .skipped, .blocked, .`continue`: break
        }
        settleRecord(number)
        reset(number)
        guard number >= graph.count else { return }
        let item = items[number - graph.count]
        if let fan = fans[item.group], fan.isOpen { fans[item.group]?.next = min(fan.next, item.index) }
    }

    /// Carries out what people said of tasks whose documents do not tell of it yet.
    mutating func applyMarks(at now: Date, _ effects: inout [Effect]) {
        guard let marks = instance.control?.marks, !marks.isEmpty else { return }
        for (id, mark) in marks.sorted(by: { $0.key < $1.key }) {
            guard let number = number(of: id), mark.attempt >= tasks[number].attempt, !tasks[number].status.isFinal else { continue }
            if mark.act != .reset { apply(mark, number, at: now, &effects) }
        }
    }

    private mutating func wakeByCommand(_ id: String, at now: Date, _ effects: inout [Effect]) {
        guard let number = number(of: id), tasks[number].status == .parked else { return }
        // One whose wait is on its way to the store goes on when it has arrived.
        extras[number]?.wakeAt = now
        wake(number, at: now, &effects)
    }
}

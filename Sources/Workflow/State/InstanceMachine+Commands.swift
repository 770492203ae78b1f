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
        guard phase == .running, !changes.contains(where: { $0.settled.command.id == command.id }) else { return }
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
            recordInstance(&effects)
            for index in changes.indices where changes[index].version == .zero { changes[index].version = version }
        }
    }

    /// The leader has put commands into a run that nobody owned.
    mutating func takeCommandsInside(at now: Date, _ effects: inout [Effect]) {
        guard let inside = instance.control?.commands, !inside.isEmpty else { return }
        for command in inside where instance.control?.applied.contains(command.id) == false {
            switch CommandPlan(command, on: seen) {
            case .refuse(let why): effects.append(.settle(CommandRecord(command, status: .refused, result: why, settledAt: now)))
            case .nothingToDo(let why): effects.append(.settle(CommandRecord(command, status: .done, result: why, settledAt: now)))
            case .apply(let change, let result):
                stage(change, CommandRecord(command, status: .done, result: result, settledAt: now))
            }
        }
        changeControl { $0.commands = [] }
        guard !changes.isEmpty else { return }
        recordInstance(&effects)
        for index in changes.indices { changes[index].version = version }
    }

    private mutating func stage(_ change: CommandPlan.Change, _ settled: CommandRecord) {
        changeControl { $0.take(change, of: settled.command) }
        changes.append(StagedChange(change: change, settled: settled, version: .zero))
    }

    /// The run as commands see it.
    private var seen: CommandPlan.Run {
        var seen: [String: CommandPlan.Run.Task] = [:]
        for number in tasks.indices where tasks[number].status != .`init` || tasks[number].attempt > 0 {
            seen[id(of: number)] = CommandPlan.Run.Task(tasks[number].status, attempt: Int(tasks[number].attempt))
        }
        return CommandPlan.Run(
            status: instance.status, control: instance.control, graph: graph, tasks: seen,
            exitTasks: Set(graph.ids[graph.exitStart...]), isAtExit: isAtExit)
    }

    // MARK: Applying

    /// Applies what is durable, in order; a change of tasks whose ends are on their way waits for those.
    mutating func applyChanges(at now: Date, _ effects: inout [Effect]) {
        // What is durable applies to the next owner as well.
        guard phase == .running else {
            for change in changes where change.version == nil { effects.append(.settle(change.settled)) }
            changes.removeAll { $0.version == nil }
            return endIfNothingIsLeft(at: now, &effects)
        }
        while let first = changes.first, first.version == nil {
            let isSettled = first.change.marks.keys.allSatisfy { id in number(of: id).map { tasks[$0].finalVersion == nil } ?? true }
            guard isSettled else { return }
            changes.removeFirst()
            apply(first.change, at: now, &effects)
            effects.append(.settle(first.settled))
        }
        guard changes.isEmpty else { return }
        if hasStarted { goOnAfterChange(at: now, &effects) } else { startAll(at: now, &effects) }
    }

    private mutating func goOnAfterChange(at now: Date, _ effects: inout [Effect]) {
        setRunLimit(&effects)
        if isStopping { stopAll(at: now, &effects) }
        isHeld = isPaused || isStopping || isAtExit
        for number in extras.keys.sorted() {
            if let time = extras[number]?.wakeAt, time <= now { wake(number, at: now, &effects) }
        }
        considerAll(at: now, &effects)
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func apply(_ change: CommandPlan.Change, at now: Date, _ effects: inout [Effect]) {
        for (id, mark) in change.marks.sorted(by: { $0.key < $1.key }) {
            if let number = number(of: id) { apply(mark, number, at: now, &effects) }
        }
        if change.revives {
            isAtExit = false
            instance.claims = instance.claims.filter { id, _ in number(of: id).map { !tasks[$0].status.isFinal } ?? false }
        }
        if change.marks.values.contains(where: { $0.act == .reset }) { countParents() }
        for id in change.wakes { wakeByCommand(id, at: now, &effects) }
    }

    /// Carries out what a mark says of a task, as far as it has not been carried out.
    mutating func apply(_ mark: TaskMark, _ number: Int, at now: Date, _ effects: inout [Effect]) {
        let status = tasks[number].status
        switch mark.act {
        case .reset:
            if status.isFinal || status == .blocked { reset(number) }
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

    private mutating func wakeByCommand(_ id: String, at now: Date, _ effects: inout [Effect]) {
        guard let number = number(of: id), tasks[number].status == .parked else { return }
        // One whose wait is on its way to the store goes on when it has arrived.
        extras[number]?.wakeAt = now
        wake(number, at: now, &effects)
    }
}

public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ReferenceRun {
    /// Somebody asks something: whether it applies. What it changes does so when it is durable.
    public mutating func told(_ command: Command, isOver: Bool) -> CommandRecord.Status {
        guard let plan = plan(command, isOver: isOver) else { return .refused }
        if plan.wishes.isEmpty, command.kind == .pause || command.kind == .resume {
            if control.isPaused == (command.kind == .pause) { return .done }
        }
        pending.append(plan)
        if command.kind == .retry || command.kind == .rerun { limitIsDue = false }
        // Whoever asks next sees the run as it will be.
        change(&control, plan)
        return .accepted
    }

    /// What it would do; `nil` where it does not apply.
    func plan(_ command: Command, isOver: Bool) -> Plan? {
        let named = command.tasks
        guard named.allSatisfy({ definitions[$0] != nil || entries[$0].map { $0.stand != .idle || $0.attempt > 0 } ?? false }) else {
            return nil
        }
        let isBusyAtExit = exitIDs.contains { entry($0).isUnderWay || (isGroup($0) && entry($0).stand == .running) }
        var plan = Plan(command: command)
        func wish(_ id: String, _ kind: Command.Kind) { plan.wishes[id] = Wish(kind: kind, attempt: entry(id).attempt) }
        func isRetryable(_ id: String) -> Bool { entry(id).stand == .failed || entry(id).stand == .canceled }
        func isGivenUp(_ id: String) -> Bool {
            guard let group = Self.group(id) else { return false }
            return entry(group).stand == .running && definition(id).forEach?.onFailure ?? .failFast == .failFast
        }
        switch command.kind {
        case .retry:
            guard named.allSatisfy({ isRetryable($0) && !isGivenUp($0) }), !isBusyAtExit else { return nil }
            let chosen = named.isEmpty ? allIDs.filter { isRetryable($0) && !isGivenUp($0) } : named
            if named.isEmpty, chosen.isEmpty, !mustEnd { return nil }
            var again = Set(chosen)
            for id in chosen {
                if let group = Self.group(id) {
                    if entry(group).stand != .running { again.formUnion([group] + brothers(group)) }
                } else {
                    again.formUnion(items(id).filter(isRetryable))
                }
            }
            for id in followers(of: again) where entry(id).stand == .skipped { again.insert(id) }
            for id in again.union(allIDs.filter(isExit)) where isKnown(id) { wish(id, .retry) }
        case .rerun:
            guard !named.isEmpty, named.allSatisfy({ entry($0).isOver }), !isBusyAtExit else { return nil }
            var again = Set(named)
            for group in named.compactMap(Self.group) { again.formUnion([group] + brothers(group)) }
            again.formUnion(followers(of: again))
            guard !again.contains(where: { entry($0).isUnderWay || (isGroup($0) && entry($0).stand == .running) }) else { return nil }
            for id in again where isGroup(id) && !named.contains(where: { Self.group($0) == id }) { again.formUnion(items(id)) }
            for id in again.union(allIDs.filter(isExit)) where isKnown(id) { wish(id, .retry) }
        case .cancel:
            guard !isOver, named.allSatisfy({ !entry($0).isOver }) else { return nil }
            for id in named { wish(id, .cancel) }
        case .continue, .reject:
            let blocked = named.isEmpty ? allIDs.filter { entry($0).stand == .blocked } : named
            guard !blocked.isEmpty, blocked.allSatisfy({ entry($0).stand == .blocked }) else { return nil }
            for id in blocked { wish(id, command.kind) }
        case .pause, .resume:
            guard named.isEmpty, !isOver else { return nil }
        case .wake: return nil
        }
        return plan
    }

    /// Where one failure ends all items, none can run again without those that failed or were canceled.
    private func brothers(_ group: String) -> [String] {
        guard definition(group).forEach?.onFailure ?? .failFast == .failFast else { return [] }
        return items(group).filter { entry($0).stand == .failed || entry($0).stand == .canceled }
    }

    private func isKnown(_ id: String) -> Bool { entries[id].map { $0.stand != .idle || $0.attempt > 0 } ?? false }

    private func followers(of ids: Set<String>) -> Set<String> {
        var found = ids
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for task in dag.allTasks where !found.contains(task.id) && task.dependOn.contains(where: found.contains) {
                found.insert(task.id)
                isGrowing = true
            }
        }
        return found.subtracting(ids)
    }

    private func change(_ control: inout Control, _ plan: Plan) {
        let isWhole = plan.command.tasks.isEmpty
        switch plan.command.kind {
        case .retry, .rerun:
            (control.isCanceled, control.endsNow, control.hasFailed) = (false, false, false)
            control.revivedAt = plan.command.author.at
        case .cancel where isWhole:
            if control.isCanceled || isAtExit || exitIDs.contains(where: { entry($0).stand != .idle || entry($0).wasLost }) {
                control.endsNow = true
            }
            (control.isCanceled, control.isPaused) = (true, false)
        case .pause: control.isPaused = true
        case .resume: control.isPaused = false
        case .cancel, .continue, .reject, .wake: break
        }
    }

    /// The document of the run with these commands' changes is in the store.
    public mutating func write(commands: [String], control: Control) {
        for id in commands {
            guard let plan = pending.first(where: { $0.command.id == id }) else { continue }
            storedWishes.merge(plan.wishes) { _, new in new }
            for (id, wish) in plan.wishes where wish.kind == .retry { lost[id] = nil }
        }
        storedControl = control
    }

    /// Its owner has heard of it.
    public mutating func heard(commands: [String]) {
        for id in commands {
            guard let index = pending.firstIndex(where: { $0.command.id == id }) else { continue }
            dueChanges.append(pending.remove(at: index))
        }
    }

    /// What the run's document says of commands, to be kept with a record of it.
    public var controlNow: Control { control }

    /// The time limit of the run is durable.
    public mutating func heardLimit(at now: Date) {
        guard limitIsDue else { return }
        limitIsDue = false
        if pending.isEmpty, dueChanges.isEmpty { stopAll(at: now) }
    }

    /// Whether the end of a task, or its wait, is not on its way to the store.
    private func isSettled(_ id: String) -> Bool {
        let entry = entry(id)
        return entry.isDurable || !(entry.isOver || entry.waits || entry.stand == .blocked)
    }

    mutating func applyDueChanges(at now: Date) -> Bool {
        guard let first = dueChanges.first, first.wishes.keys.allSatisfy({ isSettled($0) }) else { return false }
        dueChanges.removeFirst()
        for (id, wish) in first.wishes.sorted(by: { $0.key < $1.key }) {
            switch wish.kind {
            case .retry: runAgain(id)
            case .continue: if entry(id).stand == .blocked { letContinue(id) }
            case .reject: if entry(id).stand == .blocked { end(id, .failed) }
            case .cancel: cancel(id, at: now)
            case .rerun, .pause, .resume, .wake: break
            }
        }
        if first.command.kind == .retry || first.command.kind == .rerun { isAtExit = false }
        if mustEnd, pending.isEmpty, dueChanges.isEmpty, !limitIsDue { stopAll(at: now) }
        return true
    }
}

import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ReferenceRun {
    /// Does all that follows now from what is known, until nothing more does.
    /// - Parameters:
    ///   - wakes: whether what waits for a time that has come goes on.
    ///   - meetsLimits: whether limits that have come take effect: where a clock rings.
    ///   - clock: until when clocks have rung; `nil` until now.
    public mutating func settle(at now: Date, wakes: Bool = true, meetsLimits: Bool = false, clock: Date? = nil) {
        let clock = clock ?? now
        var isChanging = true
        while isChanging {
            isChanging = false
            while applyDueChanges(at: now) { isChanging = true }
            guard isBegun else { continue }
            guard !(pending + dueChanges).contains(where: { [.retry, .rerun, .resume].contains($0.command.kind) }) else {
                if breakGroups(at: now) { isChanging = true }
                if !isHandingBack, meetsLimits, meetLimit(at: now, clock) { isChanging = true }
                continue
            }
            if breakGroups(at: now) || closeGroups() { isChanging = true }
            if isHandingBack { continue }
            if (meetsLimits && meetLimit(at: now, clock)) || wakeOne(at: now, clock, isTaking: !wakes) || startOne(at: now) || enterExit() {
                isChanging = true
            }
        }
    }

    // MARK: Times

    /// The earliest limit that is over takes effect.
    private mutating func meetLimit(at now: Date, _ clock: Date) -> Bool {
        var due: [(time: Date, act: (inout ReferenceRun) -> Void)] = []
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) where !isGroup(id) && !entry.isOver {
            if let limit = totalLimit(id), limit <= clock, entry.stop == nil, entry.stand != .idle || entry.wasLost {
                due.append((limit, { $0.stop(id, .failed, at: now) }))
            }
            if entry.stand == .ready, !entry.hasBegun, let limit = definition(id).startTimeoutSecs, let since = entry.readySince {
                let time = since.addingTimeInterval(TimeInterval(limit))
                if time <= clock { due.append((time, { $0.stop(id, .failed, at: now) })) }
            }
            if entry.isUnderWay, let stop = entry.stop, let since = entry.stopAt, since.addingTimeInterval(30) <= clock {
                due.append((since.addingTimeInterval(30), { $0.end(id, stop) }))
            }
        }
        let isReviving = (pending + dueChanges).contains { $0.command.kind == .retry || $0.command.kind == .rerun }
        if !mustEnd, !limitIsDue, !isAtExit, !isReviving, let limit = runLimit, limit <= clock {
            due.append((limit, { ($0.limitIsDue, $0.control.hasFailed, $0.control.isPaused) = (true, true, false) }))
        }
        guard let first = due.min(by: { $0.time < $1.time }) else { return false }
        first.act(&self)
        return true
    }

    /// - Parameter isTaking: what was found waiting hears of its time a little later, but for tasks at the end.
    private mutating func wakeOne(at now: Date, _ clock: Date, isTaking: Bool) -> Bool {
        guard !control.isPaused, !mustEnd || isAtExit else { return false }
        let due = entries.filter {
            $0.value.waits || $0.value.stand == .blocked ? $0.value.isDurable && $0.value.wake.map { $0 <= clock } ?? false : false
        }.filter { id in !(pending + dueChanges).contains { $0.wishes[id.key] != nil } }
        let mine = due.filter { isExit($0.key) == isAtExit && (isAtExit || !isTaking) }
        guard let id = mine.keys.min(), let entry = entries[id] else { return false }
        if entry.stand == .retrying {
            change(id) { ($0.stand, $0.wake, $0.hasBegun) = (.idle, nil, false) }
            begin(id, at: now, isChecked: true)
        } else {
            change(id) { ($0.stand, $0.wake, $0.readySince) = (.ready, nil, now) }
        }
        return true
    }

    // MARK: Starting

    /// What may start now, were it not for a pause.
    func startable(ignoringPause: Bool) -> [String] {
        if control.isPaused, !ignoringPause { return [] }
        let isEnding = isAtExit ? control.endsNow : mustEnd
        guard !isEnding else { return [] }
        var found: [String] = []
        for id in isAtExit ? exitIDs : mainIDs {
            let entry = entry(id)
            if entry.stand == .idle, verdict(id) == .start || verdict(id) == .skip { found.append(id) }
            guard isGroup(id), entry.stand == .running, entry.isDurable, entry.stop == nil else { continue }
            var places = definition(id).forEach?.maxParallel ?? Int.max
            places -= items(id).count { holdsPlace($0) }
            for item in items(id) where self.entry(item).stand == .idle {
                if self.entry(item).holdsPlace {
                    found.append(item)
                } else if places > 0 {
                    places -= 1
                    found.append(item)
                }
            }
        }
        return found
    }

    /// Whether an item is one of those of which there may be only so many.
    func holdsPlace(_ id: String) -> Bool {
        let entry = entry(id)
        if entry.isOver { return !entry.isDurable && entry.holdsPlace }
        return entry.stand != .idle || entry.holdsPlace
    }

    private mutating func startOne(at now: Date) -> Bool {
        guard let id = startable(ignoringPause: false).first else { return false }
        if Self.group(id) == nil, verdict(id) == .skip {
            end(id, .skipped)
        } else {
            change(id) { $0.holdsPlace = true }
            begin(id, at: now, isChecked: entry(id).isContinued)
        }
        return true
    }

    /// Checks and parameters decide whether a task runs.
    private mutating func begin(_ id: String, at now: Date, isChecked: Bool) {
        let definition = definition(id)
        if !isChecked, Self.group(id) == nil {
            // The day is sunday.
            if let check = definition.preChecks.first { return end(id, check.act == .skip ? .skipped : .blocked) }
            if let condition = definition.when?.first, condition.values != ["sunday"] { return end(id, .skipped) }
        }
        if isGroup(id) {
            change(id) { ($0.stand, $0.attempt, $0.isDurable) = (.running, $0.attempt + 1, false) }
            if items(id).isEmpty { end(id, .success) }
            return
        }
        if !definition.params.isEmpty, entry(definition.dependOn[0]).stand != .success { return end(id, .failed) }
        change(id) {
            ($0.stand, $0.attempt, $0.readySince, $0.hasBegun) = (.ready, $0.attempt + 1, now, false)
            ($0.holdsPlace, $0.wasLost) = (false, false)
        }
    }

    // MARK: Fan-outs

    private mutating func breakGroups(at now: Date) -> Bool {
        for id in mainIDs + exitIDs where isGroup(id) && entry(id).stand == .running && entry(id).stop == nil {
            breakIfFailFast(id, at: now)
            if entry(id).stop != nil { return true }
        }
        return false
    }

    private mutating func closeGroups() -> Bool {
        guard pending.isEmpty, dueChanges.isEmpty, !limitIsDue else { return false }
        for id in mainIDs + exitIDs where isGroup(id) && entry(id).stand == .running && entry(id).isDurable {
            let items = items(id)
            guard !items.contains(where: holdsPlace) else { continue }
            let stands = items.map { entry($0).stand }
            if let stop = entry(id).stop {
                end(id, stop)
                return true
            }
            guard !stands.contains(.idle) else { continue }
            end(id, stands.contains(.failed) ? .failed : stands.contains(.canceled) ? .canceled : .success)
            return true
        }
        return false
    }

    // MARK: The end

    private mutating func enterExit() -> Bool {
        guard !isAtExit, !exitIDs.isEmpty, !control.isPaused, !control.endsNow, !isWriting, pending.isEmpty, !limitIsDue else {
            return false
        }
        guard underWay.isEmpty, startable(ignoringPause: false).isEmpty else { return false }
        guard !entries.contains(where: { $0.value.waits && !isExit($0.key) }) else { return false }
        guard
            !mainIDs.contains(where: { isGroup($0) && entry($0).stand == .running && !items($0).contains { entry($0).stand == .blocked } })
        else {
            return false
        }
        let outcome = mainOutcome()
        guard outcome == .success || outcome == .failed || outcome == .canceled else { return false }
        isAtExit = true
        return true
    }
}

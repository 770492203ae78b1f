public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ReferenceRun {
    // MARK: What happens

    /// An owner takes the run with what the store has of it.
    /// - Parameter startedAt: when the run was first started, as far as the store knows.
    public mutating func take(at now: Date, startedAt: Date?) {
        self.startedAt = startedAt ?? now
        (entries, control, isAtExit, isHandingBack, dueChanges, pending, limitIsDue) = (stored, storedControl, false, false, [], [], false)
        isBegun = false
        for (id, entry) in stored {
            entries[id]?.isDurable = true
            entries[id]?.holdsPlace = false
            if isGroup(id), entry.stand == .running {
                entries[id]?.stop = nil
                continue
            }
            entries[id]?.stop = nil
            entries[id]?.stopAt = nil
            if entry.stand == .ready || entry.stand == .running {
                entries[id]?.stand = .idle
                entries[id]?.hasBegun = false
                entries[id]?.wasLost = true
                entries[id]?.holdsPlace = true
                entries[id]?.isContinued = true
                let known = lost[id] ?? (0, 0)
                if entry.attempt > known.attempt { lost[id] = (known.count + 1, entry.attempt) }
            }
        }
        for (id, wish) in storedWishes where wish.kind == .retry && wish.attempt >= entry(id).attempt { runAgain(id) }
        for (id, attempt) in storedClaims where attempt > entry(id).attempt && !entry(id).isOver {
            change(id) { ($0.stand, $0.attempt, $0.wasLost, $0.holdsPlace, $0.wake) = (.idle, attempt, true, true, nil) }
        }
        for (id, wish) in storedWishes where wish.kind == .continue && wish.attempt >= entry(id).attempt && entry(id).stand == .blocked {
            letContinue(id)
        }
    }

    /// What was found when the run was taken is settled: ends that are due, then what can start.
    public mutating func begin(at now: Date) {
        isBegun = true
        if mustEnd { stopAll(at: now) }
        for (id, attempt) in storedClaims.sorted(by: { $0.key < $1.key }) where attempt > storedWishes[id]?.attempt ?? 0 {
            let entry = entry(id)
            if entry.stand == .idle, attempt >= entry.attempt {
                end(id, .failed)
            } else if entry.stand == .parked || entry.stand == .blocked, attempt == entry.attempt {
                end(id, .failed)
            }
        }
        for (id, lost) in lost where entry(id).wasLost && entry(id).stand == .idle && lost.count > definition(id).maxLostAttempts ?? 5 {
            end(id, .failed)
        }
        for (id, wish) in storedWishes.sorted(by: { $0.key < $1.key }) where wish.attempt >= entry(id).attempt && !entry(id).isOver {
            if wish.kind == .reject, entry(id).stand == .blocked { end(id, .failed) }
            if wish.kind == .cancel { cancel(id, at: now) }
        }
        for (id, entry) in entries where entry.stand == .ending && mustEnd(id) { end(id, .canceled) }
        for id in mainIDs + exitIDs where isGroup(id) && entry(id).stand == .running && entry(id).stop == nil {
            breakIfFailFast(id, at: now)
        }
    }

    public mutating func started(_ id: String, at now: Date) {
        guard entry(id).stand == .ready else { return }
        change(id) { ($0.stand, $0.firstStart, $0.hasBegun) = (.running, $0.firstStart ?? now, true) }
    }

    /// A call of an action has ended.
    public mutating func ended(_ id: String, _ attempt: Int, _ outcome: TaskOutcome, at now: Date) {
        guard entry(id).isUnderWay, entry(id).attempt == attempt else { return }
        switch outcome.result {
        case .success: end(id, .success)
        case .ran: change(id) { ($0.stand, $0.isDurable) = (.ending, false) }
        case _ where entry(id).stop != nil: end(id, entry(id).stop ?? .canceled)
        case .canceled: end(id, .canceled)
        case .failed(let reason): failed(id, reason, isTimeout: false, outcome, at: now)
        case .timedOut(let reason): failed(id, reason, isTimeout: true, outcome, at: now)
        case .parked(let time): change(id) { ($0.stand, $0.wake, $0.isDurable) = (.parked, time, false) }
        case .blocked(_, let time): change(id) { ($0.stand, $0.wake, $0.isDurable) = (.blocked, time, false) }
        }
    }

    private mutating func failed(_ id: String, _ reason: String, isTimeout: Bool, _ outcome: TaskOutcome, at now: Date) {
        let entry = entry(id)
        guard let policy = definition(id).retry ?? dag.retry, entry.retries < policy.limit, !mustEnd(id), outcome.advice != .never else {
            return end(id, .failed)
        }
        if let on = policy.on, !on.contains(isTimeout ? "timeout" : "error") { return end(id, .failed) }
        let backoff = policy.backoff ?? RetryPolicy.Backoff()
        var delay = backoff.initial
        for _ in 0..<entry.retries { delay *= backoff.factor }
        delay = min(delay, backoff.max)
        if case .after(let seconds) = outcome.advice { delay = seconds }
        let time = now.addingTimeInterval(delay)
        if let limit = totalLimit(id), time >= limit { return end(id, .failed) }
        change(id) { ($0.stand, $0.wake, $0.retries, $0.isDurable) = (.retrying, time, $0.retries + 1, false) }
    }

    func totalLimit(_ id: String) -> Date? {
        guard let limit = definition(id).totalTimeoutSecs, let first = entry(id).firstStart else { return nil }
        return first.addingTimeInterval(TimeInterval(limit))
    }

    /// The node stops and the attempt has no result.
    public mutating func abandoned(_ id: String, _ attempt: Int) {
        guard entry(id).isUnderWay, entry(id).attempt == attempt else { return }
        if let stop = entry(id).stop { return end(id, stop) }
        change(id) { ($0.stand, $0.holdsPlace) = (.idle, true) }
        isHandingBack = true
    }

    /// A record has arrived in the store.
    public mutating func write(_ id: String, _ record: Entry) { stored[id] = record }

    /// The owner has heard of it.
    public mutating func heard(_ id: String) {
        entries[id]?.isDurable = true
        // What was canceled before RunAfter is over when that is durable too: an item keeps its place among those under way until then.
        if entry(id).stand == .ending, let stop = entry(id).stop { return end(id, stop) }
        if let group = Self.group(id), entry(id).isOver, entry(group).stand == .running { entries[id]?.holdsPlace = false }
    }

    public mutating func handBack() { isHandingBack = true }

    /// The node stops: what may start and has not been given to an executor never is.
    public mutating func dropUnstarted(but known: Set<String>) {
        for (id, entry) in entries where entry.stand == .ready && !known.contains(id) {
            change(id) { ($0.stand, $0.holdsPlace) = (.idle, true) }
        }
    }

    mutating func change(_ id: String, _ body: (inout Entry) -> Void) {
        var entry = entry(id)
        body(&entry)
        entries[id] = entry
    }

    /// A task is over; what follows waits until that is written.
    mutating func end(_ id: String, _ stand: Stand) {
        if entry(id).stand == .idle, let wish = control(of: id), wish.kind == .retry, wish.attempt >= entry(id).attempt {
            change(id) { $0.attempt = wish.attempt + 1 }
        }
        change(id) {
            $0.holdsPlace = $0.holdsPlace || $0.stand != .idle
            ($0.stand, $0.isDurable, $0.wake, $0.stop, $0.stopAt) = (stand, false, nil, nil, nil)
            $0.wasLost = false
            if stand != .blocked { $0.attempt = max($0.attempt, 1) }
        }
    }

    func control(of id: String) -> Wish? { liveWishes[id] }

    /// Wishes of which the present owner knows.
    var liveWishes: [String: Wish] {
        pending.reduce(into: storedWishes) { all, plan in all.merge(plan.wishes) { _, new in new } }
    }

    // MARK: Ending

    mutating func stopAll(at now: Date) {
        for id in allIDs where mustEnd(id) {
            if isGroup(id) {
                if entry(id).stand == .running { stopGroup(id, .canceled, at: now) }
            } else if Self.group(id) == nil || entry(Self.group(id) ?? "").stand == .running {
                stop(id, .canceled, at: now)
            }
            if isGroup(id), entry(id).waits || entry(id).stand == .blocked { stop(id, .canceled, at: now) }
        }
    }

    /// What is under way is canceled, what waits is over; what has not begun stays as it is.
    mutating func stop(_ id: String, _ stand: Stand, at now: Date) {
        switch entry(id).stand {
        case .running, .ending:
            guard entry(id).stop == nil else { return }
            change(id) { ($0.stop, $0.stopAt) = (stand, now) }
        case .ready, .retrying, .parked, .blocked: end(id, stand)
        case .idle: if entry(id).wasLost { end(id, stand) }
        case .success, .failed, .canceled, .skipped: break
        }
    }

    mutating func stopGroup(_ id: String, _ stand: Stand, at now: Date) {
        change(id) { $0.stop = stand }
        for item in items(id) where !entry(item).isOver {
            if entry(item).stand == .idle, entry(item).holdsPlace { end(item, .canceled) } else { stop(item, .canceled, at: now) }
        }
    }

    mutating func breakIfFailFast(_ id: String, at now: Date) {
        guard definition(id).forEach?.onFailure ?? .failFast == .failFast else { return }
        let broken = items(id).map(entry).first { ($0.stand == .failed || $0.stand == .canceled) && $0.isDurable }
        if let broken { stopGroup(id, broken.stand, at: now) }
    }

    mutating func cancel(_ id: String, at now: Date) {
        if isGroup(id), entry(id).stand == .running { return stopGroup(id, .canceled, at: now) }
        if entry(id).stand == .idle { end(id, .canceled) } else { stop(id, .canceled, at: now) }
    }

    mutating func runAgain(_ id: String) {
        guard !entry(id).isUnderWay || entries[id] == nil, !(isGroup(id) && entry(id).stand == .running) else { return }
        change(id) {
            let attempt = $0.attempt
            $0 = Entry()
            $0.attempt = attempt
        }
    }

    mutating func letContinue(_ id: String) {
        change(id) {
            ($0.stand, $0.wake, $0.isContinued, $0.hasBegun, $0.holdsPlace) = (.idle, nil, true, false, true)
        }
    }
}

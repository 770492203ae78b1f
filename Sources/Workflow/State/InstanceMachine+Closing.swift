#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    // MARK: What the store refuses

    /// A task whose end cannot be kept has failed: a small document without parameters and output takes the place of the refused one.
    mutating func refused(_ number: Int, _ version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        if extras[number]?.announced == version || fans[number]?.listVersion == version {
            return refusedBeginning(number, reason, at: now, &effects)
        }
        guard tasks[number].finalVersion == version else { return }
        tasks[number].finalVersion = nil
        unrecorded -= 1
        // Not even the small one: the task has no document, and the run fails with the reason. To let go of it would be to run the task again and again.
        guard refused.updateValue(reason, forKey: number) == nil else {
            (ends[number], tasks[number].hasDocument) = (nil, false)
            return endIfNothingIsLeft(at: now, &effects)
        }
        extras[number]?.history = TaskHistory()
        finish(number, .failed, reason: "its result cannot be stored: \(reason)", at: now, &effects)
    }

    /// What must be written before a task begins cannot be.
    private mutating func refusedBeginning(_ number: Int, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        if fans[number]?.listVersion != nil {
            fans[number]?.listVersion = nil
            fans[number]?.isOpen = false
            unrecorded -= 1
        } else {
            active -= 1
        }
        extras[number] = nil
        finish(number, .failed, reason: "it cannot begin, since its document cannot be stored: \(reason)", at: now, &effects)
    }

    /// A run whose sum cannot be kept ends as failed without it; the share data stays in the task documents.
    mutating func instanceRefused(_ version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        claimsRefused(upTo: version, reason, at: now, &effects)
        changesRefused(upTo: version, reason, at: now, &effects)
        guard phase == .ending, version == instance.version else { return }
        guard instance.status != .failed || !instance.shareData.isEmpty else { return effects.append(.giveUp(reason: reason)) }
        instance.status = .failed
        instance.reason = "the run cannot be stored: \(reason)"
        instance.shareData = [:]
        instance.endedAt = now
        recordInstance(&effects)
    }

    /// Tasks whose claims the store refuses must not begin: they have failed.
    private mutating func claimsRefused(upTo version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        let refused = claiming.filter { $0.version <= version }.map(\.number)
        claiming.removeAll { $0.version <= version }
        for number in refused {
            active -= 1
            instance.claims[id(of: number)] = nil
            finish(number, .failed, reason: "it must not run twice, and that it begins cannot be stored: \(reason)", at: now, &effects)
        }
    }

    /// What commands change cannot be stored: they change nothing, and are told so.
    private mutating func changesRefused(upTo version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        let refused = changes.filter { $0.version.map { $0 <= version } ?? false }
        guard !refused.isEmpty else { return }
        changes.removeAll { $0.version.map { $0 <= version } ?? false }
        for change in refused {
            guard var record = change.settled else { continue }
            (record.status, record.result) = (.refused, "the run's document cannot be stored with it: \(reason)")
            effects.append(.settle(record))
        }
        guard changes.isEmpty else { return }
        // A time limit holds although it cannot be written down.
        let failure = refused.contains { $0.settled == nil } ? instance.control?.failure : nil
        instance.control = refused.first?.before
        if let failure { changeControl { $0.failure = failure } }
        goOnAfterChanges(at: now, &effects)
    }

    /// What is wrong with a task's changes, if the run's share data would be too large with them: the run's document must still take the sum.
    func shareDataExcess(_ edits: [ShareDataEdit]) -> String? {
        guard !edits.isEmpty else { return nil }
        var sum = shareData.folding(ends.values.flatMap(\.shareData))
        for edit in edits { sum[edit.key] = edit.value }
        let size = sum.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size > Self.shareDataLimit else { return nil }
        return "the run's share data would have \(size) bytes with what this task set, more than the \(Self.shareDataLimit) allowed"
    }

    /// The most that the share data of one run may hold, keys and values together, in bytes.
    public static let shareDataLimit = 1 << 20

    // MARK: The end

    /// Nothing runs and nothing more can: the tasks at the end run, or the run ends, is blocked, is parked, or goes back.
    mutating func endIfNothingIsLeft(at now: Date, _ effects: inout [Effect]) {
        guard phase == .running || phase == .handingBack, active == 0, unrecorded == 0, changes.isEmpty else { return }
        if phase == .running, enterExit(at: now, &effects) { return }
        let closing = closing(at: now)
        if closing == .stay { return }
        phase = .ending
        instance.progress = finishedTasks
        switch closing {
        case .stay: break
        case .handBack:
            instance.status = .`init`
            instance.reason = "handed back by \(worker)"
            instance.worker = nil
        case .park:
            instance.status = .parked
            instance.reason = isPaused ? "paused" : ""
            instance.wakeAt = nextLook
        case .end(let status, let reason):
            (instance.status, instance.reason) = (status, reason)
            instance.shareData = shareData
            instance.claims = [:]
            if status.isFinal { instance.endedAt = now } else { instance.wakeAt = nextLook }
        }
        instance.session = nil
        recordInstance(&effects)
    }

    /// What becomes of a run in which nothing is under way.
    private enum Closing: Hashable {
        /// Something goes on by itself so soon that it stays here.
        case stay
        case handBack
        case park
        case end(DagInstanceStatus, String)
    }

    private func closing(at now: Date) -> Closing {
        // Nothing of what was found has been carried out yet.
        if phase == .handingBack, !hasStarted { return .handBack }
        let isSoon = nextLook.map { $0 < now.addingTimeInterval(parkAfter) } ?? false
        // A task whose end nobody could store must not be run again by the next owner, who would not know of it.
        let isKnown = refused.keys.allSatisfy { tasks[$0].hasDocument }
        if isPaused, canGoOn || hasWaits { return isSoon && phase == .running ? .stay : .park }
        let isTold = instance.control.map { !$0.commands.isEmpty } ?? false
        if phase == .handingBack, isKnown, isTold || canGoOn || (hasWaits && isSoon) { return .handBack }
        if hasWaits { return isSoon && phase == .running ? .stay : .park }
        let (status, reason) = verdict()
        if status == .blocked, isSoon { return phase == .running ? .stay : .handBack }
        return .end(status, reason)
    }

    /// When the run goes on, or meets its limit, by itself.
    private var nextLook: Date? {
        [isPaused ? nil : earliestWake, isStopping || isAtExit ? nil : runLimit].compactMap { $0 }.min()
    }

    /// Goes on with the tasks at the end, once the others are over.
    /// - Returns: whether something is under way.
    private mutating func enterExit(at now: Date, _ effects: inout [Effect]) -> Bool {
        guard !isAtExit, graph.exitStart < graph.count, !isPaused, instance.control?.endsNow != true else { return false }
        guard !extras.keys.contains(where: { isWaiting($0) && !isExit($0) }), mainVerdict().0.isFinal else { return false }
        (isAtExit, isHeld) = (true, true)
        wakeAllDue(at: now, &effects)
        considerAll(at: now, &effects)
        return active > 0 || unrecorded > 0
    }

    private var hasWaits: Bool { !extras.isEmpty && tasks.indices.contains(where: isWaiting) }

    private var earliestWake: Date? {
        // Once the tasks at the end run, what is blocked before them stays so.
        extras.compactMap { tasks[$0.key].status.isFinal || isExit($0.key) != isAtExit ? nil : $0.value.wakeAt }.min()
    }

    /// Whether another owner, or this one when the run is not paused any more, would find something to start.
    private var canGoOn: Bool {
        if fans.contains(where: { canGoOn($0.key, $0.value) }) { return true }
        let isReady = tasks.indices.contains { number in
            guard tasks[number].status == .`init`, !tasks[number].isUnreachable, number < graph.count else {
                return tasks[number].status == .ending
                    || (number >= graph.count && tasks[number].status == .`init` && items[number - graph.count].isCounted
                        && isOpenItem(number))
            }
            guard isExit(number) == isAtExit, isAtExit || !isStopping else { return false }
            return triggerVerdict(number) != .wait
        }
        return isReady || (!isAtExit && graph.exitStart < graph.count && instance.control?.endsNow != true)
    }

    private func canGoOn(_ number: Int, _ fan: Fan) -> Bool {
        guard fan.isOpen, fan.stop == nil else { return fan.isOpen && fan.underWay == 0 }
        return fan.underWay == 0 || (fan.next < fan.values.count && fan.underWay < graph.tasks[number].forEach?.maxParallel ?? .max)
    }

    private func isOpenItem(_ number: Int) -> Bool { fans[items[number - graph.count].group]?.isOpen == true }

    /// What the tasks make of the run, those at the end included.
    private func verdict() -> (DagInstanceStatus, String) {
        let main = mainVerdict()
        guard main.0.isFinal, graph.exitStart < graph.count else { return main }
        let exits = tasks.indices.filter(isExit)
        if let number = exits.first(where: { tasks[$0].status == .blocked }) { return (.blocked, "task '\(id(of: number))' is blocked") }
        guard main.0 == .success, let number = exits.first(where: { tasks[$0].status == .failed || tasks[$0].status == .canceled }) else {
            return main
        }
        return (.failed, "onExit task '\(id(of: number))' \(tasks[number].status == .failed ? "failed" : "was canceled")")
    }

    /// What the statuses of all tasks but those at the end make of the run. A failure wins over a block: the run can be retried, and what is blocked then waits again.
    func mainVerdict() -> (DagInstanceStatus, String) {
        if instance.control?.cancel != nil { return (.canceled, stopReason) }
        if let failure = instance.control?.failure { return (.failed, failure) }
        let main = 0..<graph.exitStart
        if let number = main.first(where: { tasks[$0].status == .failed }) {
            return (.failed, "task '\(graph.ids[number])' failed" + (refused[number].map { ": its result cannot be stored: \($0)" } ?? ""))
        }
        if let number = main.first(where: { tasks[$0].status == .canceled }) {
            return (.canceled, "task '\(graph.ids[number])' was canceled")
        }
        if let number = main.first(where: { tasks[$0].status == .blocked }) { return (.blocked, "task '\(graph.ids[number])' is blocked") }
        if let number = (graph.count..<tasks.count).first(where: { tasks[$0].status == .blocked && isOpenItem($0) && !isExit($0) }) {
            return (.blocked, "task '\(id(of: number))' is blocked")
        }
        return (.success, "")
    }
}

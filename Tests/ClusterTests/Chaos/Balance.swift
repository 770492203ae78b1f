import Workflow

/// Journal and store compared: every way in which they contradict each other or what was promised.
struct Balance: Sendable {
    struct Violation: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable, CaseIterable {
            case lost
            case stuck
            case wrongEnd
            case noCompleteAttempt
            case startedAfterSuccess
            case repeatedFence
            case repeatedAtMostOnce
            case startedBeforeParent
            case startedUnreachable
            case unexplainedOverlap
            case unended
            case traceLost
        }

        var kind: Kind
        var subject: String
        var detail: String

        var description: String { "\(kind.rawValue): \(subject): \(detail)" }
    }

    private(set) var violations: [Violation] = []
    /// Tasks that had more than one attempt.
    private(set) var repeatedTasks = 0
    /// Overlaps with an owner that was hindered, not stopped, and let go later than it should have, but within `slack`.
    private(set) var lateFences = 0
    /// Runs that ended as failed since their workers were lost too many times.
    private(set) var givenUp = 0

    /// How much later than promised a hindered owner may let go, in seconds: a process without a processor cannot cancel.
    static let slack = 2.0

    private let books: Books
    private let entries: [String: [JournalEntry]]

    init(_ books: Books) {
        self.books = books
        entries = Dictionary(grouping: books.journal, by: \.taskKey).mapValues { $0.sorted { $0.fence < $1.fence } }
        repeatedTasks = entries.values.count { $0.count > 1 }
        for (id, submission) in books.submissions.sorted(by: { $0.key < $1.key }) { checkRun(id, submission) }
        for (key, attempts) in entries.sorted(by: { $0.key < $1.key }) { checkAttempts(key, attempts) }
    }

    func count(_ kind: Violation.Kind) -> Int { violations.count { $0.kind == kind } }

    private mutating func add(_ kind: Violation.Kind, _ subject: String, _ detail: String) {
        violations.append(Violation(kind: kind, subject: subject, detail: detail))
    }

    // MARK: What the store says

    private mutating func checkRun(_ id: String, _ submission: Books.Submission) {
        guard let run = books.runs[id] else {
            if submission.isAcknowledged { add(.lost, id, "the submission was acknowledged, and the store has no such run") }
            return
        }
        guard run.status.isFinal else { return add(.stuck, id, "it is \(run.status.rawValue)") }
        let isLost = run.status == .failed && run.reason.contains("worker was lost")
        if isLost { givenUp += 1 }
        let mayFail = isLost || submission.plan.tasks.contains(where: \.isAtMostOnce)
        if run.status != submission.plan.expectedStatus, !(mayFail && run.status == .failed) {
            add(.wrongEnd, id, "it is \(run.status.rawValue) (\(run.reason)), expected \(submission.plan.expectedStatus.rawValue)")
        }
        let unreachable = submission.plan.unreachable
        for task in submission.plan.tasks {
            checkTask("\(id)/\(task.id)", task, of: run, isUnreachable: unreachable.contains(task.id))
            checkParents(id, task)
        }
    }

    private mutating func checkTask(_ key: String, _ task: RunPlan.Task, of run: Books.Run, isUnreachable: Bool) {
        let attempts = entries[key] ?? []
        if isUnreachable, let first = attempts.first {
            add(.startedUnreachable, key, "attempt \(first.fence) started, though a parent fails")
        }
        if task.isAtMostOnce, attempts.count > 1 {
            add(.repeatedAtMostOnce, key, "attempts \(attempts.map { "\($0.fence)" }.joined(separator: ", "))")
        }
        guard let record = books.tasks[key], record.status == .success else {
            if run.status == .success { add(.wrongEnd, key, "the run succeeded, and the store has no success of this task") }
            return
        }
        checkSuccess(key, record, attempts)
    }

    /// The recorded success names its attempt; that one must be complete, and nothing may have begun above it.
    private mutating func checkSuccess(_ key: String, _ record: Books.Task, _ attempts: [JournalEntry]) {
        let candidates = attempts.filter { $0.end == .done && $0.fence.attempt == record.attempt }
        let recorded = candidates.last { record.epoch == nil || $0.fence.epoch == record.epoch }
        guard let recorded else {
            let fence = "\(record.epoch.map(String.init) ?? "?").\(record.attempt)"
            let known = attempts.map { "\($0.fence) \($0.end?.rawValue ?? "open")" }.joined(separator: ", ")
            return add(.noCompleteAttempt, key, "attempt \(fence) is recorded as the success; the journal has: \(known)")
        }
        for later in attempts where later.fence > recorded.fence {
            add(
                .startedAfterSuccess, key,
                "\(later.fence) began on \(later.node), though \(recorded.fence) on \(recorded.node) is the success")
        }
    }

    // MARK: What the journal says

    /// A task may start when each of its parents has a complete attempt of the same or an earlier owner.
    private mutating func checkParents(_ run: String, _ task: RunPlan.Task) {
        for child in entries["\(run)/\(task.id)"] ?? [] {
            for parent in task.parents {
                let complete = (entries["\(run)/\(parent)"] ?? []).contains { entry in
                    guard entry.end == .done, let ended = entry.ended, entry.fence.epoch <= child.fence.epoch else { return false }
                    return ended <= child.started + child.resolution
                }
                if !complete { add(.startedBeforeParent, child.taskKey, "\(child.fence) began before \(parent) had ended") }
            }
        }
    }

    private mutating func checkAttempts(_ key: String, _ attempts: [JournalEntry]) {
        for entry in attempts { checkEntry(key, entry) }
        for (index, earlier) in attempts.enumerated() {
            for later in attempts[(index + 1)...] { checkOverlap(key, earlier, later) }
        }
    }

    private mutating func checkEntry(_ key: String, _ entry: JournalEntry) {
        if entry.starts > 1 { add(.repeatedFence, key, "attempt \(entry.fence) began \(entry.starts) times") }
        // A shell script is killed when its task is canceled, and says nothing.
        if entry.end == nil, !entry.isShell, killed(entry) == nil {
            add(.unended, key, "attempt \(entry.fence) on \(entry.node) has no end, and nobody killed it")
        }
        if entry.flushed, !books.flushedTraces.contains("\(key)/\(entry.fence)") {
            add(.traceLost, key, "attempt \(entry.fence) on \(entry.node) was told that its trace is durable")
        }
    }

    private func killed(_ entry: JournalEntry) -> Moment? {
        books.outages.first { $0.kind == .killed && $0.concerns(entry) && $0.from >= entry.started }?.from
    }

    /// Two attempts at once: the lower one must belong to a process that was stopped, or that was hindered and let go soon.
    private mutating func checkOverlap(_ key: String, _ earlier: JournalEntry, _ later: JournalEntry) {
        guard let end = earlier.ended ?? killed(earlier), later.started + later.resolution < end else { return }
        let touching = books.outages.filter { $0.touches(earlier, from: earlier.started + -10, to: end) }
        if touching.contains(where: { $0.kind == .stopped }) { return }
        let overlap = end - later.started
        if touching.contains(where: { $0.kind == .hindered }), overlap <= Self.slack {
            lateFences += 1
            return
        }
        add(
            .unexplainedOverlap, key,
            "\(earlier.fence) on \(earlier.node) was still at work for \(overlap) s when \(later.fence) began on \(later.node)")
    }
}

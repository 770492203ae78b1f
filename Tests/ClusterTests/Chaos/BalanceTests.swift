import Testing
import Workflow

/// The balance must bite: each contradiction is found, and what faults explain is not one.
@Suite("The balance of journal and store")
struct BalanceTests {
    /// A run of two tasks, the second after the first, as it should be.
    private var good: Books {
        let plan = RunPlan(id: "p", tasks: [.init(id: "a"), .init(id: "b", parents: ["a"])])
        var books = Books(submissions: ["r": .init(plan: plan, isAcknowledged: true)])
        books.runs["r"] = .init(status: .success)
        books.tasks = ["r/a": .init(status: .success, attempt: 1, epoch: 1), "r/b": .init(status: .success, attempt: 1, epoch: 1)]
        books.journal = [entry("a", 1, 1, 10...20), entry("b", 1, 1, 30...40)]
        return books
    }

    private func entry(
        _ task: String, _ epoch: Int64, _ attempt: Int, _ time: ClosedRange<Double>, end: JournalEntry.End? = .done, pid: Int32 = 1
    )
        -> JournalEntry
    {
        JournalEntry(
            run: "r", task: task, fence: .init(epoch: epoch, attempt: attempt), node: "n\(pid)", pid: pid, resolution: 0,
            started: at(time.lowerBound),
            end: end, ended: end == nil ? nil : at(time.upperBound))
    }

    private func at(_ seconds: Double) -> Moment { Moment(nanoseconds: 0) + seconds }

    private func kinds(_ change: (inout Books) -> Void) -> [Balance.Violation.Kind] {
        var books = good
        change(&books)
        return Balance(books).violations.map(\.kind)
    }

    @Test("what is as it should be has no violation")
    func fine() { #expect(kinds { _ in } == []) }

    @Test("an acknowledged run that is not there is lost; one that was not acknowledged need not be there")
    func lost() {
        #expect(kinds { $0.runs = [:] } == [.lost])
        #expect(
            kinds { books in
                books.runs = [:]
                books.submissions["r"]?.isAcknowledged = false
            } == [])
    }

    @Test("a run that is not over is stuck", arguments: [DagInstanceStatus.`init`, .scheduled, .running, .blocked])
    func stuck(_ status: DagInstanceStatus) { #expect(kinds { $0.runs["r"]?.status = status } == [.stuck]) }

    @Test("a run that ends otherwise than its definition says is wrong, unless it was given up for its lost workers")
    func wrongEnd() {
        #expect(kinds { $0.runs["r"]?.status = .failed } == [.wrongEnd])
        #expect(kinds { $0.runs["r"] = .init(status: .failed, reason: "its worker was lost 5 times in a row") } == [])
        #expect(kinds { $0.tasks["r/b"] = nil } == [.wrongEnd])
    }

    @Test("a success needs a complete attempt of the recorded number")
    func completeAttempt() {
        #expect(kinds { $0.journal.removeLast() } == [.noCompleteAttempt])
        #expect(kinds { $0.journal[1].end = .canceled } == [.noCompleteAttempt])
        #expect(kinds { $0.tasks["r/b"]?.epoch = 2 } == [.noCompleteAttempt])
        #expect(kinds { $0.tasks["r/b"]?.attempt = 2 } == [.noCompleteAttempt])
    }

    @Test("nothing may begin above the success; a zombie below it may")
    func startedAfterSuccess() {
        #expect(kinds { $0.journal.append(entry("b", 2, 1, 50...60)) } == [.startedAfterSuccess])
        #expect(kinds { $0.journal.append(entry("b", 1, 2, 50...60)) } == [.startedAfterSuccess])
        #expect(
            kinds { books in
                books.tasks["r/b"]?.epoch = 2
                books.journal.append(entry("b", 2, 1, 50...60))
            } == [])
    }

    @Test("an epoch and attempt never come twice")
    func repeatedFence() { #expect(kinds { $0.journal[1].starts = 2 } == [.repeatedFence]) }

    @Test("a task that must not be repeated has one attempt")
    func atMostOnce() {
        #expect(
            kinds { books in
                books.submissions["r"]?.plan.tasks[1].isAtMostOnce = true
                books.tasks["r/b"]?.epoch = 2
                books.journal.append(entry("b", 2, 1, 50...60))
            } == [.repeatedAtMostOnce])
    }

    @Test("a child begins after a complete attempt of each parent")
    func parents() {
        #expect(kinds { $0.journal[1].started = at(15) } == [.startedBeforeParent])
        #expect(
            kinds { books in
                books.journal[1].started = at(15)
                books.journal[1].resolution = 6  // seconds
            } == [])
        // Its parent's only complete attempt belongs to a later owner.
        #expect(
            kinds { books in
                books.journal[0].fence.epoch = 2
                books.tasks["r/a"]?.epoch = 2
            } == [.startedBeforeParent])
    }

    @Test("what is below a failing task never starts")
    func unreachable() {
        #expect(
            kinds { books in
                books.submissions["r"]?.plan.tasks[0].fails = true
                books.runs["r"]?.status = .failed
                books.tasks["r/a"]?.status = .failed
            } == [.startedUnreachable])
    }

    /// The second task was begun by one owner at 30 and by the next at 35, when the first was at work until 40.
    private func overlapping(_ outages: [Books.Outage], until end: Double = 40) -> [Balance.Violation.Kind] {
        kinds { books in
            books.tasks["r/b"]?.epoch = 2
            books.journal[1].ended = at(end)
            books.journal.append(entry("b", 2, 1, 35...50, pid: 2))
            books.outages = outages
        }
    }

    @Test("two attempts at once are explained by an owner that was stopped, or for a moment by one that was hindered")
    func overlap() {
        #expect(overlapping([]) == [.unexplainedOverlap])
        #expect(overlapping([.init(kind: .stopped, pid: 1, from: at(31), to: at(39))]) == [])
        #expect(overlapping([.init(kind: .stopped, pid: 2, from: at(31), to: at(39))]) == [.unexplainedOverlap])
        #expect(overlapping([.init(kind: .hindered, pid: nil, from: at(31), to: at(39))]) == [.unexplainedOverlap])
        #expect(overlapping([.init(kind: .hindered, pid: nil, from: at(31), to: at(39))], until: 36) == [])
    }

    @Test("an attempt has an end unless its process was killed")
    func unended() {
        func without(_ outages: [Books.Outage]) -> [Balance.Violation.Kind] {
            kinds { books in
                books.tasks["r/b"]?.epoch = 2
                books.journal[1].end = nil
                books.journal[1].ended = nil
                books.journal.append(entry("b", 2, 1, 50...60, pid: 2))
                books.outages = outages
            }
        }
        #expect(without([]) == [.unended])
        #expect(without([.init(kind: .killed, pid: 1, from: at(35), to: nil)]) == [])
        #expect(without([.init(kind: .killed, pid: 1, from: at(25), to: nil)]) == [.unended])
    }

    @Test("a trace that was acknowledged is in the store")
    func traces() {
        #expect(kinds { $0.journal[1].flushed = true } == [.traceLost])
        #expect(
            kinds { books in
                books.journal[1].flushed = true
                books.flushedTraces = ["r/b/1.1"]
            } == [])
    }

    @Test("the file of an attempt is read back, also when its process was killed in the middle")
    func files() throws {
        let start = "start r t 3 2 node-1 77 1 1000000000\n"
        let entry = try #require(try JournalEntry(file: start + "flushed 1500000000\nend done 2000000000\n"))
        #expect(entry.taskKey == "r/t" && entry.fence == .init(epoch: 3, attempt: 2) && entry.pid == 77 && entry.node == "node-1")
        #expect(entry.flushed && entry.end == .done && entry.ended == at(2) && entry.started == at(1))
        #expect(try JournalEntry(file: start)?.end == nil)
        #expect(try JournalEntry(file: start + start)?.starts == 2)
        #expect(try JournalEntry(file: "") == nil)
        #expect(throws: JournalError.self) { try JournalEntry(file: start + "nonsense\n") }
    }

    @Test("a plan of attacks is the same for the same seed, and has every kind of fault in each round")
    func plan() {
        func plan(_ seed: UInt64) -> AttackPlan { AttackPlan(seed: seed, seconds: 120, nodes: 4, ttl: 1.5, canCut: true, canSkew: true) }
        #expect(plan(1) == plan(1))
        #expect(plan(1) != plan(2))
        #expect(Set(plan(1).steps.map { "\($0.fault)".prefix { $0 != "(" } }).count == 7)
    }
}

import Engine
import GRDB
import Synchronization

/// The one writer of a process. What is asked for while a transaction is under way goes together into the next one, which one sync of the disk makes durable for all (group commit).
///
/// Each write stands alone: one that fails leaves the others as they are. What extends a lease goes first. At most 10,000 writes wait, and as many that leases depend on; more fail at once as unavailable. A write that
/// failed has not happened, but where the disk itself failed in the middle of a commit: `StoreError.outcome` says so.
final class WriteQueue: Sendable {
    private struct Job: Sendable {
        let isVital: Bool
        let perform: @Sendable (Database, _ isAlone: Bool) -> Attempt
        /// Ends it where it was not tried, or is gone with others.
        let refuse: @Sendable (StoreError) -> Void
    }

    /// A job that was done in a transaction that is not committed yet.
    private struct Attempt {
        var error: StoreError?
        /// Gives the result to whoever waits for it.
        var answer: () -> Void
    }

    private struct State {
        var vital: [Job] = []
        var waiting: [Job] = []
        var isRunning = false

        func hasRoom(isVital: Bool) -> Bool { (isVital ? vital.count : waiting.count) < WriteQueue.waitingLimit }

        mutating func append(_ job: Job) {
            if job.isVital { vital.append(job) } else { waiting.append(job) }
        }

        /// What goes into the next transaction.
        mutating func next() -> [Job] {
            let others = waiting.prefix(WriteQueue.batchLimit)
            waiting.removeFirst(others.count)
            let jobs = exchange(&vital, with: []) + others
            if jobs.isEmpty { isRunning = false }
            return jobs
        }

        mutating func putBack(_ jobs: ArraySlice<Job>) {
            vital = jobs.filter(\.isVital) + vital
            waiting = jobs.filter { !$0.isVital } + waiting
        }

        mutating func all() -> [Job] { exchange(&vital, with: []) + exchange(&waiting, with: []) }
    }

    private static let waitingLimit = 10_000
    /// Writes in one transaction, and for how long one takes more of them: what waits behind it, in this process or another, waits no longer than that and the last one.
    private static let batchLimit = 64
    private static let batchTime = Duration.milliseconds(50)

    private let writer: any DatabaseWriter
    /// The file's path, for errors.
    private let path: String?
    /// Says before each commit whether it can be found afterwards.
    private let check: @Sendable () throws -> Void
    /// Called after each commit.
    private let committed: @Sendable (Database) -> Void
    private let state = Mutex(State())
    private let courtesy = Mutex(Courtesy())
    private let commits = Atomic(0)

    init(
        _ writer: any DatabaseWriter, path: String?, check: @escaping @Sendable () throws -> Void = {},
        committed: @escaping @Sendable (Database) -> Void = { _ in }
    ) {
        self.writer = writer
        self.path = path
        self.check = check
        self.committed = committed
    }

    /// How many transactions were committed.
    var commitCount: Int { commits.load(ordering: .relaxed) }

    /// How many writes wait for the next transaction.
    var waitingCount: Int { state.withLock { $0.vital.count + $0.waiting.count } }

    /// Does something in a transaction, and returns when it is durable. It is done even where the calling task is cancelled, and may be done again where the transaction failed by the fault of another.
    /// - Parameter isVital: whether a lease depends on it.
    func write<R: Sendable>(isVital: Bool = false, _ body: @escaping @Sendable (Database) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job(
                isVital: isVital, perform: { [path] in Self.perform(body, $0, isAlone: $1, path, continuation) },
                refuse: { continuation.resume(throwing: $0) })
            let start = state.withLock { state -> Bool? in
                guard state.hasRoom(isVital: isVital) else { return nil }
                state.append(job)
                return !exchange(&state.isRunning, with: true)
            }
            guard let start else { return job.refuse(StoreError(.unavailable, "more than \(Self.waitingLimit) writes wait for the file")) }
            if start { run() }
        }
    }

    /// One transaction at a time, so that a database in memory can be read in between.
    private func run() {
        writer.asyncWriteWithoutTransaction { db in
            let jobs = self.state.withLock { $0.next() }
            if jobs.isEmpty { return }
            Pause.make(self.courtesy.withLock { $0.pause(at: .now) })
            self.commit(jobs, db)
            self.committed(db)
            self.courtesy.withLock { $0.ended(at: .now) }
            self.run()
        }
    }

    private func commit(_ jobs: [Job], _ db: Database) {
        // What fails in company is done again alone, so that each fails by its own fault only.
        for job in transaction(jobs, db) { _ = transaction([job], db) }
    }

    /// - Returns: what has to be done again.
    private func transaction(_ jobs: [Job], _ db: Database) -> [Job] {
        var transaction = Transaction()
        do {
            try db.inTransaction(.immediate) {
                try perform(jobs, db, &transaction)
                try check()
                transaction.phase = .ending
                return .commit
            }
        } catch {
            return failed(jobs, transaction, error)
        }
        commits.add(1, ordering: .relaxed)
        for attempt in transaction.attempts { attempt.answer() }
        return []
    }

    private struct Transaction {
        enum Phase { case beginning, working, ending }

        var phase = Phase.beginning
        var attempts: [Attempt] = []
    }

    /// Ends the transaction for all that were in it.
    private struct Ended: Error { var error: StoreError }

    private func perform(_ jobs: [Job], _ db: Database, _ transaction: inout Transaction) throws {
        transaction.phase = .working
        let start = ContinuousClock.now
        for (index, job) in jobs.enumerated() {
            if index > 0, ContinuousClock.now - start > Self.batchTime { return state.withLock { $0.putBack(jobs[index...]) } }
            let attempt = job.perform(db, jobs.count == 1)
            transaction.attempts.append(attempt)
            // A disk that is full or broken ends the whole transaction, and what others did in it is gone with it.
            if !db.isInsideTransaction { throw Ended(error: attempt.error ?? StoreError(.unavailable, "SQLite gave the transaction up")) }
            if jobs.count == 1, let error = attempt.error { throw Ended(error: error) }
        }
    }

    private func failed(_ jobs: [Job], _ transaction: Transaction, _ error: any Error) -> [Job] {
        switch transaction.phase {
        case .beginning:
            // Whoever holds the file keeps everybody waiting: all have waited long enough.
            let error = StoreError.of(error, in: path)
            for job in jobs + state.withLock({ $0.all() }) { job.refuse(error) }
            return []
        case .working:
            guard let ended = error as? Ended else {
                return refuse(jobs.prefix(transaction.attempts.count), StoreError.of(error, in: path))
            }
            let culprit = transaction.attempts.count - 1
            jobs[culprit].refuse(ended.error)
            return Array(jobs[..<culprit] + jobs[(culprit + 1)...])
        case .ending:
            let tried = jobs.prefix(transaction.attempts.count)
            let error = StoreError.ofCommit(error, in: path)
            // A smaller transaction may still find room.
            let again = tried.count > 1 && error.outcome == .notApplied
            return again ? Array(tried) : refuse(tried, error)
        }
    }

    private func refuse(_ jobs: ArraySlice<Job>, _ error: StoreError) -> [Job] {
        for job in jobs { job.refuse(error) }
        return []
    }

    private static func perform<R: Sendable>(
        _ body: (Database) throws -> R, _ db: Database, isAlone: Bool, _ path: String?, _ continuation: CheckedContinuation<R, any Error>
    ) -> Attempt {
        do {
            let result = try isAlone ? body(db) : inSavepoint(body, db)
            return Attempt(error: nil) { continuation.resume(returning: result) }
        } catch {
            let error = StoreError.of(error, in: path)
            return Attempt(error: error) { continuation.resume(throwing: error) }
        }
    }

    private static func inSavepoint<R>(_ body: (Database) throws -> R, _ db: Database) throws -> R {
        var result: R?
        try db.inSavepoint {
            result = try body(db)
            return .commit
        }
        guard let result else { throw StoreError(.unavailable, "the write was not done") }
        return result
    }
}

import Engine
import GRDB
import Synchronization

/// The one writer of a process. What is asked for while a transaction is under way goes together into the next one, which one sync of the disk makes durable for all (group commit).
///
/// Each write is a savepoint of its own: one that fails leaves the others alone. What extends a lease goes first. At most 10,000 writes wait; more fail at once as unavailable.
final class WriteQueue: Sendable {
    private struct Job: Sendable {
        /// Does the work. Gives back its error, and what is to be called once it is known whether the transaction was committed.
        let perform: @Sendable (Database) -> (error: StoreError?, answer: Answer)
        /// What is to be called where it was never tried.
        let refuse: @Sendable (StoreError) -> Void
    }

    private typealias Answer = @Sendable (StoreError?) -> Void

    private struct State {
        var vital: [Job] = []
        var waiting: [Job] = []
        var isRunning = false

        /// What goes into the next transaction.
        mutating func next() -> [Job] {
            if !vital.isEmpty { return exchange(&vital, with: []) }
            let some = Array(waiting.prefix(WriteQueue.batchLimit))
            waiting.removeFirst(some.count)
            if some.isEmpty { isRunning = false }
            return some
        }
    }

    private static let waitingLimit = 10_000
    /// Writes in one transaction: what waits behind it waits no longer than some of these take.
    private static let batchLimit = 64

    private let writer: any DatabaseWriter
    private let state = Mutex(State())

    init(_ writer: any DatabaseWriter) { self.writer = writer }

    /// Does something in a transaction, and returns when it is durable. It is done even where the calling task is cancelled.
    /// - Parameter isVital: whether a lease depends on it.
    func write<R: Sendable>(isVital: Bool = false, _ body: @escaping @Sendable (Database) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let start = state.withLock { state -> Bool? in
                guard state.vital.count + state.waiting.count < Self.waitingLimit else { return nil }
                let job = Job(
                    perform: { db in
                        let result = Self.perform(body, db)
                        return (result.error, { failure in continuation.resume(with: failure.map { .failure($0) } ?? result.asAny) })
                    }, refuse: { continuation.resume(throwing: $0) })
                if isVital { state.vital.append(job) } else { state.waiting.append(job) }
                return !exchange(&state.isRunning, with: true)
            }
            guard let start else {
                let overloaded = StoreError(.unavailable, "more than \(Self.waitingLimit) writes wait for the file")
                return continuation.resume(throwing: overloaded)
            }
            if start { writer.asyncWriteWithoutTransaction { self.drain($0) } }
        }
    }

    private func drain(_ db: Database) {
        while true {
            let jobs = state.withLock { $0.next() }
            if jobs.isEmpty { return }
            commit(jobs, db)
        }
    }

    private func commit(_ jobs: [Job], _ db: Database) {
        var answers: [Answer] = []
        var failure: StoreError?
        do {
            try db.inTransaction(.immediate) {
                for job in jobs {
                    let (error, answer) = job.perform(db)
                    answers.append(answer)
                    // A disk that is full or broken ends the whole transaction, and what others did in it is gone with it.
                    if !db.isInsideTransaction { throw error ?? StoreError(.unavailable, "SQLite gave the transaction up") }
                }
                return .commit
            }
        } catch {
            failure = StoreError.of(error)
        }
        for answer in answers { answer(failure) }
        for job in jobs.dropFirst(answers.count) { job.refuse(failure ?? StoreError(.unavailable, "the write was not tried")) }
    }

    private static func perform<R>(_ body: (Database) throws -> R, _ db: Database) -> Result<R, StoreError> {
        do {
            var result: R?
            try db.inSavepoint {
                result = try body(db)
                return .commit
            }
            return result.map { .success($0) } ?? .failure(StoreError(.unavailable, "the write was not done"))
        } catch {
            return .failure(StoreError.of(error))
        }
    }
}

extension Result where Failure == StoreError {
    fileprivate var error: StoreError? { if case .failure(let error) = self { error } else { nil } }
    fileprivate var asAny: Result<Success, any Error> { mapError { $0 } }
}

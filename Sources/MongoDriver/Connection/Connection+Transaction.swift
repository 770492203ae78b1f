import BSON
import CMongo
import Foundation

extension Connection {
    /// Runs `body` in a transaction (read concern snapshot, write concern majority), and commits when it returns.
    ///
    /// The body gets a connection of its own; what it does there happens together or not at all. It is run again, from its start, when the server says
    /// that the transaction failed for a passing reason, and the commit alone when its answer was lost; both only until `limit` has passed since the
    /// start. An error of the body aborts and is thrown. A commit of unknown outcome throws with `.unknown`.
    public func transaction<R>(within limit: Duration = .seconds(10), _ body: (borrowing Connection) throws -> R) throws -> R {
        guard session == nil else { throw MongoError(.invalidArgument, "transactions cannot be nested", operation: "transaction") }
        let deadline = ContinuousClock.now.advanced(by: limit)
        var error = cm_error()
        guard let session = cm_session_new(client, &error) else { throw failure(error, nil) }
        defer { cm_session_destroy(session) }
        var attempt = 0
        while true {
            do {
                return try attemptTransaction(session, until: deadline, body)
            } catch let error as MongoError where error.labels.contains("TransientTransactionError") && ContinuousClock.now < deadline {
                attempt += 1
                pause(attempt)
            }
        }
    }

    private func attemptTransaction<R>(
        _ session: OpaquePointer, until deadline: ContinuousClock.Instant, _ body: (borrowing Connection) throws -> R
    ) throws -> R {
        var error = cm_error()
        let commitLimit = UInt32(clamping: settings.timeLimit)
        guard cm_transaction_start(session, commitLimit, &error) else { throw failure(error, nil) }
        let result: R
        do {
            result = try body(Connection(client: client, session: session, settings: settings))
        } catch {
            // When the abort does not get through, the server aborts by itself after a while.
            var ignored = cm_error()
            _ = cm_transaction_abort(session, &ignored)
            // Whatever a verb inside could not tell: without a commit nothing was applied.
            throw (error as? MongoError)?.with(outcome: .notApplied) ?? error
        }
        try commit(session, until: deadline)
        return result
    }

    private func commit(_ session: OpaquePointer, until deadline: ContinuousClock.Instant) throws(MongoError) {
        var attempt = 0
        while true {
            var error = cm_error()
            var buffer = cm_buffer()
            let isDone = cm_transaction_commit(session, &buffer, &error)
            let reply = try? buffer.document()
            cm_buffer_free(buffer)
            if isDone { return }
            let failure = failure(error, reply)
            let isUnknown = failure.isUnknownCommit
            guard isUnknown, failure.code != ServerCode.maxTimeExpired, ContinuousClock.now < deadline else {
                throw failure.with(outcome: isUnknown ? .unknown : .notApplied)
            }
            attempt += 1
            pause(attempt)
        }
    }

    private func failure(_ error: cm_error, _ reply: Document?) -> MongoError {
        MongoError(error, reply: reply, operation: "transaction", namespace: nil, effect: .partialWrite)
    }

    /// 5 ms, doubling up to 160 ms, with jitter, so that conflicting transactions part.
    private func pause(_ attempt: Int) {
        Thread.sleep(forTimeInterval: 0.005 * Double(1 << min(attempt - 1, 5)) * .random(in: 0.5...1))
    }
}

extension MongoError {
    /// Whether a commit that failed like this may have happened, now or in an earlier attempt. `TransientTransactionError` promises that it did not.
    fileprivate var isUnknownCommit: Bool {
        !labels.contains("TransientTransactionError") && (labels.contains("UnknownTransactionCommitResult") || isTransient)
    }
}

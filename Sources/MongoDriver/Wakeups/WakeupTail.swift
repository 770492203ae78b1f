import BSON
import CMongo
import Foundation
import Logging
import Synchronization

/// The thread behind a ``WakeupStream``: opens a tailable cursor, passes on what comes, and opens another when it breaks.
///
/// To know where "now" is, it inserts a sentinel and drops what the cursor delivers before it. That also makes the collection non-empty: a tailable
/// cursor on an empty capped collection is dead at once.
///
/// The server waits for inserts for a long time, since each answer with none costs it an operation. Nothing of libmongoc ends such a wait from outside; an insert does. So a stream that ends
/// while its thread waits has another thread insert a mark that its cursor lets through. Where that mark gets lost, the thread follows when the wait is over: it costs time and a connection, nothing else.
struct WakeupTail: Sendable {
    private static let sentinelKey = "swiftflowTailOpened"
    private static let endKey = "swiftflowTailEnded"
    /// How long the sentinel may take to come by before the cursor counts as broken.
    private static let openLimit = Duration.seconds(10)

    let pool: ClientPool
    let settings: ConnectionSettings
    let logger: Logger
    let namespace: Namespace
    let filter: Document

    func start(_ buffer: WakeupBuffer) {
        guard pool.enter() else { return buffer.finish() }
        let wait = ServerWait()
        buffer.whenFinished { end(wait) }
        let interrupt = pool.whenClosing { end(wait) }
        startThread(named: "mongo-wakeups") { [self] in
            run(buffer, wait)
            pool.forget(interrupt)
            buffer.finish()
            pool.leave()
        }
    }

    /// Whether the thread waits at the server, and by what mark that ends.
    private final class ServerWait: Sendable {
        let mark = BSONValue.objectID(.random())
        private let isUnderWay = Mutex(false)

        func begin() { isUnderWay.withLock { $0 = true } }

        /// - Returns: whether it was under way.
        func end() -> Bool { isUnderWay.withLock { exchange(&$0, with: false) } }
    }

    /// Lets the server end the wait, from a thread of its own: nobody who ends a stream waits for the server.
    private func end(_ wait: ServerWait) {
        guard wait.end(), pool.enterToHelp() else { return }
        startThread(named: "mongo-wakeups-end") { [self] in
            // Like a hint: not journaled, not waited for by a majority.
            let insert: Document = [
                "insert": .string(namespace.collection), "documents": [[WakeupTail.endKey: wait.mark]],
                "writeConcern": ["w": 1, "j": false],
            ]
            do {
                try pool.withClient { client in
                    _ = try Connection(client: client, session: nil, settings: settings).command(namespace.database, insert)
                }
            } catch { logger.debug("wake-up stream: the server cannot be told of its end: \(error)") }
            pool.leave()
        }
    }

    private func run(_ buffer: WakeupBuffer, _ wait: ServerWait) {
        var backoff = Backoff()
        while !isOver(buffer) {
            var wasLive = false
            do {
                try open(buffer, wait) {
                    backoff = Backoff()
                    wasLive = true
                }
            } catch {
                report(error, wasLive: wasLive, buffer)
                pause(backoff.next(), buffer)
            }
        }
    }

    private func isOver(_ buffer: WakeupBuffer) -> Bool {
        buffer.isFinished || pool.isClosing
    }

    private func report(_ error: any Error, wasLive: Bool, _ buffer: WakeupBuffer) {
        let cause = (error as? MongoError ?? MongoError(.malformed, "\(error)", namespace: namespace)).prefixed(by: "wakeups")
        logger.debug("wake-up stream: \(cause)")
        buffer.report(wasLive ? .resuming : .down(cause))
    }

    private func open(_ buffer: WakeupBuffer, _ wait: ServerWait, becameLive: () -> Void) throws {
        try pool.enterStream()
        defer { pool.leaveStream() }
        try pool.withClient { client in
            let sentinel = try insertSentinel(Connection(client: client, session: nil, settings: settings))
            var error = cm_error()
            let tail = withBytes([filter(with: sentinel, wait.mark)]) {
                cm_tail_open(client, namespace.database, namespace.collection, $0[0], pool.streamWait, &error)
            }
            guard let tail else { throw failure(error) }
            defer { cm_tail_close(tail) }
            // From here on whoever ends the stream inserts the mark; the loops below look whether somebody did before.
            wait.begin()
            defer { _ = wait.end() }
            guard try skip(tail, to: sentinel, buffer) else { return }
            becameLive()
            buffer.report(.live)
            while !isOver(buffer) {
                if let document = try next(tail), document[WakeupTail.endKey] == nil { buffer.append(document) }
            }
        }
    }

    private func insertSentinel(_ connection: borrowing Connection) throws -> BSONValue {
        guard try connection.isCapped(namespace) == true else {
            throw MongoError(.invalidArgument, "there is no capped collection of this name: create it first", namespace: namespace)
        }
        let id = BSONValue.objectID(.random())
        try connection.insertOne(namespace, ["_id": id, WakeupTail.sentinelKey: true])
        return id
    }

    /// What the caller wants to see, without the marks of other streams, and the own marks.
    private func filter(with sentinel: BSONValue, _ end: BSONValue) -> Document {
        let noMark: Document = [WakeupTail.sentinelKey: ["$exists": false], WakeupTail.endKey: ["$exists": false]]
        let wanted: Document = ["$and": [.document(noMark), .document(filter)]]
        return ["$or": [["_id": sentinel], [WakeupTail.endKey: end], .document(wanted)]]
    }

    /// Drops documents up to the sentinel; false when the stream is over before.
    private func skip(_ tail: OpaquePointer, to sentinel: BSONValue, _ buffer: WakeupBuffer) throws -> Bool {
        let deadline = ContinuousClock.now.advanced(by: WakeupTail.openLimit)
        while !isOver(buffer) {
            if try next(tail)?["_id"] == sentinel { return true }
            guard ContinuousClock.now < deadline else {
                throw MongoError(.timeout, "the cursor did not reach its own sentinel", namespace: namespace)
            }
        }
        return false
    }

    private func next(_ tail: OpaquePointer) throws -> Document? {
        var buffer = cm_buffer()
        var error = cm_error()
        let isAlive = cm_tail_next(tail, &buffer, &error)
        defer { cm_buffer_free(buffer) }
        guard isAlive else { throw failure(error) }
        return buffer.length == 0 ? nil : try buffer.document()
    }

    private func failure(_ error: cm_error) -> MongoError {
        MongoError(error, reply: nil, operation: "tail", namespace: namespace, effect: .read)
    }

    /// Sleeps in slices, so that an ended stream does not keep its thread.
    private func pause(_ duration: Double, _ buffer: WakeupBuffer) {
        var left = duration
        while left > 0, !isOver(buffer) {
            Thread.sleep(forTimeInterval: min(left, 0.25))
            left -= 0.25
        }
    }
}

/// Pauses in seconds: 0.05, doubling up to 5, each with jitter of half its length.
private struct Backoff {
    private var attempt = 0

    mutating func next() -> Double {
        defer { attempt += 1 }
        return min(5, 0.05 * Double(1 << min(attempt, 7))) * .random(in: 0.5...1)
    }
}

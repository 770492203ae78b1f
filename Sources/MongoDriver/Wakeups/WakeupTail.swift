import BSON
import CMongo
import Foundation
import Logging

/// The thread behind a ``WakeupStream``: opens a tailable cursor, passes on what comes, and opens another when it breaks.
///
/// To know where "now" is, it inserts a sentinel and drops what the cursor delivers before it. That also makes the collection non-empty: a tailable
/// cursor on an empty capped collection is dead at once.
struct WakeupTail: Sendable {
    private static let sentinelKey = "swiftflowTailOpened"
    /// How long the server waits for an insert, and so how long the thread may outlive its stream.
    private static let awaitMilliseconds: UInt32 = 500
    /// How long the sentinel may take to come by before the cursor counts as broken.
    private static let openLimit = Duration.seconds(10)

    let pool: ClientPool
    let settings: ConnectionSettings
    let logger: Logger
    let namespace: Namespace
    let filter: Document

    func start(_ buffer: WakeupBuffer) {
        guard pool.enter() else { return buffer.finish() }
        startThread(named: "mongo-wakeups") { [self] in
            run(buffer)
            buffer.finish()
            pool.leave()
        }
    }

    private func run(_ buffer: WakeupBuffer) {
        var backoff = Backoff()
        while !isOver(buffer) {
            var wasLive = false
            do {
                try open(buffer) {
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

    private func open(_ buffer: WakeupBuffer, becameLive: () -> Void) throws {
        try pool.enterStream()
        defer { pool.leaveStream() }
        try pool.withClient { client in
            let sentinel = try insertSentinel(Connection(client: client, session: nil, settings: settings))
            var error = cm_error()
            let tail = withBytes([filter(with: sentinel)]) {
                cm_tail_open(client, namespace.database, namespace.collection, $0[0], WakeupTail.awaitMilliseconds, &error)
            }
            guard let tail else { throw failure(error) }
            defer { cm_tail_close(tail) }
            guard try skip(tail, to: sentinel, buffer) else { return }
            becameLive()
            buffer.report(.live)
            while !isOver(buffer) {
                if let document = try next(tail) { buffer.append(document) }
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

    /// What the caller wants to see, without the sentinels of other streams, and the own sentinel.
    private func filter(with sentinel: BSONValue) -> Document {
        let wanted: Document = ["$and": [[WakeupTail.sentinelKey: ["$exists": false]], .document(filter)]]
        return ["$or": [["_id": sentinel], .document(wanted)]]
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

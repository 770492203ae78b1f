public import BSON

/// The inserts into a capped collection, from now on, for as long as somebody iterates.
///
/// Each iterator has a thread and a connection of its own. The first element is the stream's state. At most ``bufferLimit`` documents wait for a slow
/// consumer, then the oldest are dropped and ``Wakeup/overflowed(dropped:)`` says so. The sequence ends when the iterating task is cancelled (at once; the
/// thread follows as soon as the server has been told, and where it cannot be told within ``MongoConfiguration/streamWait``), when the iterator is dropped, or when the client is closed. It never throws: trouble is a state.
public struct WakeupStream: AsyncSequence, Sendable {
    public typealias Element = Wakeup
    public typealias Failure = Never

    /// How many documents wait for a slow consumer.
    public static let bufferLimit = 1_024

    let tail: WakeupTail

    public func makeAsyncIterator() -> Iterator {
        let buffer = WakeupBuffer(limit: WakeupStream.bufferLimit)
        tail.start(buffer)
        return Iterator(subscription: Subscription(buffer))
    }

    /// Not to be shared between tasks.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: Subscription

        public mutating func next() async -> Wakeup? {
            await subscription.buffer.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Wakeup? {
            await subscription.buffer.next()
        }
    }

    /// Ends the stream when the last copy of the iterator is gone.
    fileprivate final class Subscription: Sendable {
        let buffer: WakeupBuffer

        init(_ buffer: WakeupBuffer) {
            self.buffer = buffer
        }

        deinit {
            buffer.finish()
        }
    }
}

extension MongoClient {
    /// A stream of the documents that are inserted into a capped collection and match the filter. The collection must have been created with
    /// ``Connection/createCollection(_:capped:)``; until then the stream is down.
    ///
    /// A stream inserts one small document (with the field `swiftflowTailOpened`) when it opens: seeing it shows that everything later will be seen. It inserts another
    /// (with the field `swiftflowTailEnded`) when it ends, which ends the server's wait.
    public func wakeups(_ namespace: Namespace, filter: Document = [:]) -> WakeupStream {
        WakeupStream(tail: WakeupTail(pool: pool, settings: settings, logger: logger, namespace: namespace, filter: filter))
    }
}

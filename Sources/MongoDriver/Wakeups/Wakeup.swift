public import BSON

/// What a ``WakeupStream`` delivers. Documents are hints: they may be lost or late, and truth is read from the store.
public enum Wakeup: Sendable, Hashable {
    /// A document that was inserted into the capped collection.
    case document(Document)
    /// How the stream is. After `.live` look at the store once: what was inserted before is not delivered.
    case state(WakeupState)
    /// The consumer was slow, and the oldest documents were dropped: look at the store once.
    case overflowed(dropped: Int)
}

/// How a ``WakeupStream`` is.
public enum WakeupState: Sendable, Hashable {
    /// Every insert from now on is seen, usually within a millisecond.
    case live
    /// The cursor was lost, and a new one is being opened at once.
    case resuming
    /// Opening failed; it is tried again with growing pauses of up to five seconds. Poll faster meanwhile.
    case down(MongoError)
}

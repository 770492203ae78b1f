public import Workflow

/// A mutex was lost while the body ran: its result, if it had one, is not to be trusted, since somebody else may have been inside.
public struct MutexLost: Error, Sendable, CustomStringConvertible {
    public var key: String
    /// The fencing token that the body had.
    public var token: Int64
    /// What happened.
    public var reason: String
    /// What the body threw, if it did.
    public var bodyError: String?

    public var description: String {
        "the mutex '\(key)' (token \(token)) was lost while it was in use: \(reason)"
            + (bodyError.map { "; the body ended with: \($0)" } ?? "")
    }
}

/// A mutex could not be had in time. Nothing was done under it.
public struct MutexTimeout: Error, Sendable, CustomStringConvertible {
    public var key: String
    public var timeout: Duration
    /// Who had it when this process last heard of it; `nil` where the store did not answer.
    public var holder: LockOwner?
    /// How long the holder had it still, without another renewal, in seconds.
    public var secondsLeft: Double
    /// The last error of the store, if it had one since its last answer.
    public var storeError: String?

    public var description: String {
        let who = holder.map { owner in
            let tenths = Int((min(max(secondsLeft, 0), 1e9) * 10).rounded())
            return "it is held by \(owner.name) (\(owner.place)) for another \(tenths / 10).\(tenths % 10) s unless that is extended"
        }
        let what = [who, storeError.map { "the store does not answer: \($0)" }].compactMap { $0 }.joined(separator: "; ")
        return
            "the mutex '\(key)' was not free within \(timeout.inSeconds) s: \(what.isEmpty ? "others of this process were before" : what)"
    }
}

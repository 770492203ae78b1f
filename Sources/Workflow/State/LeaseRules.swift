/// When a holder of a lease must renew it, and until when it may trust it.
///
/// Trust is counted on the holder's own monotonic clock from the moment before the request was sent, so that the holder always gives up before the store can give the
/// lease to somebody else; a slow answer shortens the trust, it never lengthens it.
public struct LeaseRules: Sendable, Hashable {
    /// How long the store keeps the lease after a renewal.
    public var ttl: Duration
    /// How much earlier than the store the holder gives up: the skew allowed between the clocks' rates and the time it takes to stop.
    public var margin: Duration

    /// - Parameter ttl: from 300 ms up; the margin is a tenth of it.
    public init(ttl: Duration) {
        self.ttl = max(ttl, .milliseconds(300))
        margin = self.ttl / 10
    }

    /// Time between renewals.
    public var renewalInterval: Duration { ttl / 3 }

    /// Until when a lease may be trusted whose last successful request was sent at `sent`.
    public func trustEnds<I: InstantProtocol>(sent: I) -> I where I.Duration == Duration {
        sent.advanced(by: ttl - margin)
    }

    /// How long to wait before the next try after `failures` failed renewals in a row: a twelfth of the TTL, doubled each time, at most the renewal interval.
    public func retryDelay(failures: Int) -> Duration {
        var delay = ttl / 12
        for _ in 1..<max(failures, 1) where delay < renewalInterval { delay = delay * 2 }
        return min(delay, renewalInterval)
    }
}

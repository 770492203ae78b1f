import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One stay of a node in the cluster, and until when it may trust that it is still counted as alive.
final class NodeSession: Sendable {
    let id: String
    let key: String
    let rules: LeaseRules
    let clock: ServerClock
    let host: any Host
    /// Who listens to what happens on the node.
    let events: NodeEvents
    /// When the last request was sent that took or extended the lease.
    private let lastSent: Mutex<ContinuousClock.Instant>
    private let draining = Mutex(false)

    init(
        id: String, key: String, rules: LeaseRules, joinSent: ContinuousClock.Instant, serverTime: Date, host: any Host,
        events: NodeEvents = NodeEvents()
    ) {
        self.id = id
        self.events = events
        self.key = key
        self.rules = rules
        self.host = host
        clock = ServerClock(serverTime: serverTime, host: host)
        lastSent = Mutex(joinSent)
    }

    /// Whether the node may still act for this session. Counted on a monotonic clock that goes on while the machine sleeps.
    var isTrusted: Bool { host.now < trustEnds }

    var trustEnds: ContinuousClock.Instant { rules.trustEnds(sent: lastSent.withLock { $0 }) }

    /// When the lease is to be renewed: counted from the last request, not from its answer, which may have been slow.
    var renewalDue: ContinuousClock.Instant { lastSent.withLock { $0 } + rules.renewalInterval }

    /// Whether somebody wants the node to take nothing more, as the last renewal said.
    var isDraining: Bool {
        get { draining.withLock { $0 } }
        set { draining.withLock { $0 = newValue } }
    }

    /// A renewal that was sent at `sent` succeeded.
    func renewed(sent: ContinuousClock.Instant, serverTime: Date) {
        lastSent.withLock { $0 = max($0, sent) }
        clock.set(serverTime)
    }
}

/// The server's time between two answers of the server, counted on with a monotonic clock. For the times that are stored for people; no expiry is judged by it.
final class ServerClock: Sendable {
    private let anchor: Mutex<(server: Date, local: ContinuousClock.Instant)>
    private let host: any Host

    init(serverTime: Date, host: any Host) {
        self.host = host
        anchor = Mutex((serverTime, host.now))
    }

    /// Takes a newer reading. The answer was under way for a while, so it may be older than what the clock shows; it never goes back.
    func set(_ serverTime: Date) {
        let shown = now
        let read = host.now
        anchor.withLock { $0 = (max(serverTime, shown), read) }
    }

    /// The present time, in whole milliseconds as the store keeps it.
    var now: Date {
        let anchor = anchor.withLock { $0 }
        let elapsed = (host.now - anchor.local).components
        let seconds = anchor.server.timeIntervalSince1970 + Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return Date(timeIntervalSince1970: (seconds * 1_000).rounded(.down) / 1_000)
    }
}

/// The node's session is gone, or can no longer be trusted.
struct SessionLost: Error, CustomStringConvertible {
    var description: String
}

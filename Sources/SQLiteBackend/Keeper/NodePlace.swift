import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The place of a node under its key, and who may take it.
struct NodePlace {
    /// `nil` where nobody ever had it.
    var row: NodeRow?

    /// A session takes a place once: the same join that arrives again extends it while it is alive, and never brings it back.
    mutating func join(
        _ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration, now: Int64
    ) -> JoinOutcome {
        if let row, row.session == session {
            guard row.isAlive else { return .ended }
            self.row?.expiresAt = now + ttl.milliseconds
            return .joined(serverTime: Date(milliseconds: now))
        }
        if let row, row.session != previous || row.isAlive && row.expiresAt > now { return .taken(by: row.status(at: now)) }
        row = NodeRow(
            node: node, session: session, isAlive: true, isDraining: false, expiresAt: now + ttl.milliseconds, joinedAt: now,
            process: .own)
        return .joined(serverTime: Date(milliseconds: now))
    }
}

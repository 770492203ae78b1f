public import Engine

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a keeper does with its documents, each step on one document under its own condition, at the server's time `now`.
extension MemoryState {
    public mutating func join(
        _ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration, now: Date
    ) -> JoinOutcome {
        if let holder = nodes[node.key], holder.session != session,
            holder.session != previous || (holder.isAlive && holder.expires > now)
        {
            return .taken(by: holder.status(at: now))
        }
        if let own = nodes[node.key], own.session == session {
            guard own.isAlive else { return .ended }
            nodes[node.key]?.expires = now.addingTimeInterval(ttl.seconds)
            return .joined(serverTime: now)
        }
        nodes[node.key] = Node(
            node: node, session: session, isAlive: true, isDraining: false, expires: now.addingTimeInterval(ttl.seconds), joinedAt: now
        )
        return .joined(serverTime: now)
    }

    public mutating func renew(key: String, session: String, ttl: Duration, now: Date) -> Renewal? {
        guard change(key, session, { $0.expires = now.addingTimeInterval(ttl.seconds) }) else { return nil }
        return Renewal(serverTime: now, isDraining: nodes[key]?.isDraining ?? false)
    }

    public mutating func setDraining(_ isDraining: Bool, key: String, session: String) -> Bool {
        change(key, session) { $0.isDraining = isDraining }
    }

    public mutating func leave(key: String, session: String) {
        _ = change(key, session) { $0.isAlive = false }
    }

    public func nodes(now: Date) -> [NodeStatus] {
        nodes.values.map { $0.status(at: now) }.sorted { $0.node.key < $1.node.key }
    }

    public mutating func declareDead(key: String, session: String, now: Date) -> Bool {
        guard let node = nodes[key], node.session == session, node.isAlive, node.expires <= now else { return false }
        nodes[key]?.isAlive = false
        return true
    }

    /// Changes a session that is alive.
    private mutating func change(_ key: String, _ session: String, _ body: (inout Node) -> Void) -> Bool {
        guard var node = nodes[key], node.session == session, node.isAlive else { return false }
        body(&node)
        nodes[key] = node
        return true
    }

    public mutating func campaign(key: String, session: String, ttl: Duration, now: Date) -> Leadership {
        if let lease, lease.session != session, lease.expires > now { return lease.leadership(at: now) }
        let isSame = lease?.session == session
        let new = Lease(
            key: key, session: session, term: (lease?.term ?? 0) + (isSame ? 0 : 1), expires: now.addingTimeInterval(ttl.seconds))
        lease = new
        return new.leadership(at: now)
    }

    public mutating func resign(session: String, term: Int64, now: Date) {
        guard let lease, lease.session == session, lease.term == term else { return }
        self.lease?.expires = min(lease.expires, now)
    }

    public func leader(now: Date) -> Leadership? { lease.flatMap { $0.expires > now ? $0.leadership(at: now) : nil } }
}

extension MemoryState.Node {
    fileprivate func status(at now: Date) -> NodeStatus {
        NodeStatus(
            node: node, session: session, isAlive: isAlive, isDraining: isDraining, secondsLeft: expires.timeIntervalSince(now),
            joinedAt: now)
    }
}

extension MemoryState.Lease {
    fileprivate func leadership(at now: Date) -> Leadership {
        Leadership(key: key, session: session, term: term, secondsLeft: expires.timeIntervalSince(now))
    }
}

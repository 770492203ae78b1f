public import Engine
import Synchronization

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A `Keeper` in memory. See `MemoryBackend`.
public final class MemoryKeeper: Keeper {
    private struct Listener {
        var session: String
        var onHint: @Sendable (Hint) -> Void
    }

    private struct Listeners {
        var next = 0
        var listening: [Int: Listener] = [:]
        var areHintsLost = false
    }

    private let state: Watched<MemoryState>
    private let now: @Sendable () -> Date
    private let listeners = Mutex(Listeners())

    init(state: Watched<MemoryState>, now: @escaping @Sendable () -> Date) {
        self.state = state
        self.now = now
    }

    /// From now on no hint arrives.
    public func loseHints() { listeners.withLock { $0.areHintsLost = true } }

    // MARK: Node sessions

    public func join(_ node: NodeDescription, session: String, ttl: Duration) async throws -> JoinOutcome {
        let now = now()
        return state.change { state in
            if let holder = state.nodes[node.key], holder.session != session, holder.isAlive, holder.expires > now {
                return .taken(by: holder.status(at: now))
            }
            let joinedAt = state.nodes[node.key].flatMap { $0.session == session ? $0.joinedAt : nil } ?? now
            state.nodes[node.key] = MemoryState.Node(
                node: node, session: session, isAlive: true, isDraining: false, expires: now.addingTimeInterval(ttl.seconds),
                joinedAt: joinedAt)
            return .joined(serverTime: now)
        }
    }

    public func renew(key: String, session: String, ttl: Duration) async throws -> Date? {
        let now = now()
        let isRenewed = change(key, session) { $0.expires = now.addingTimeInterval(ttl.seconds) }
        return isRenewed ? now : nil
    }

    public func drain(key: String, session: String) async throws {
        _ = change(key, session) { $0.isDraining = true }
    }

    public func leave(key: String, session: String) async throws {
        _ = change(key, session) { $0.isAlive = false }
    }

    public func nodes() async throws -> [NodeStatus] {
        let now = now()
        return state.value.nodes.values.map { $0.status(at: now) }.sorted { $0.node.key < $1.node.key }
    }

    public func declareDead(key: String, session: String) async throws -> Bool {
        let now = now()
        return state.change { state in
            guard let node = state.nodes[key], node.session == session, node.isAlive, node.expires <= now else { return false }
            state.nodes[key]?.isAlive = false
            return true
        }
    }

    /// Changes a session that is alive.
    private func change(_ key: String, _ session: String, _ body: (inout MemoryState.Node) -> Void) -> Bool {
        state.change { state in
            guard var node = state.nodes[key], node.session == session, node.isAlive else { return false }
            body(&node)
            state.nodes[key] = node
            return true
        }
    }

    // MARK: The leader's lease

    public func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        let now = now()
        return state.change { state in
            if let lease = state.lease, lease.session != session, lease.expires > now { return lease.leadership(at: now) }
            let isSame = state.lease?.session == session
            let term = (state.lease?.term ?? 0) + (isSame ? 0 : 1)
            let lease = MemoryState.Lease(key: key, session: session, term: term, expires: now.addingTimeInterval(ttl.seconds))
            state.lease = lease
            return lease.leadership(at: now)
        }
    }

    public func resign(session: String, term: Int64) async throws {
        let now = now()
        state.change { state in
            guard let lease = state.lease, lease.session == session, lease.term == term else { return }
            state.lease?.expires = min(lease.expires, now)
        }
    }

    public func leader() async throws -> Leadership? {
        let now = now()
        return state.value.lease.flatMap { $0.expires > now ? $0.leadership(at: now) : nil }
    }

    // MARK: Hints

    public func signal(_ hints: [Hint]) async {
        let listeners = listeners.withLock { $0.areHintsLost ? [] : $0.listening.values.map { $0 } }
        for hint in hints {
            for listener in listeners {
                if case .assigned(let wanted) = hint, wanted != listener.session { continue }
                listener.onHint(hint)
            }
        }
    }

    public func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        let id = listeners.withLock { listeners in
            listeners.next += 1
            listeners.listening[listeners.next] = Listener(session: session, onHint: onHint)
            return listeners.next
        }
        defer { listeners.withLock { $0.listening[id] = nil } }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }
}

extension MemoryState.Node {
    fileprivate func status(at now: Date) -> NodeStatus {
        NodeStatus(
            node: node, session: session, isAlive: isAlive, isDraining: isDraining, secondsLeft: expires.timeIntervalSince(now),
            joinedAt: joinedAt)
    }
}

extension MemoryState.Lease {
    fileprivate func leadership(at now: Date) -> Leadership {
        Leadership(key: key, session: session, term: term, secondsLeft: expires.timeIntervalSince(now))
    }
}

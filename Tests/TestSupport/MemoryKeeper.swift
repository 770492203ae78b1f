public import Engine
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A `Keeper` in memory. See `MemoryBackend`.
public final class MemoryKeeper: Keeper {
    private struct Listener {
        /// `nil`: the leader.
        var session: String?
        var onHint: @Sendable (Hint) -> Void
    }

    private struct Listeners {
        var next = 0
        var listening: [Int: Listener] = [:]
        var areHintsLost = false
    }

    let state: Watched<MemoryState>
    let now: @Sendable () -> Date
    public let localMutexes = LocalMutexes()
    private let listeners = Mutex(Listeners())

    init(state: Watched<MemoryState>, now: @escaping @Sendable () -> Date) {
        self.state = state
        self.now = now
    }

    /// From now on no hint arrives.
    public func loseHints() { listeners.withLock { $0.areHintsLost = true } }

    // MARK: Node sessions

    public func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        let now = now()
        return state.change { $0.join(node, session: session, replacing: previous, ttl: ttl, now: now) }
    }

    public func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? {
        let now = now()
        return state.change { $0.renew(key: key, session: session, ttl: ttl, now: now) }
    }

    public func drain(key: String, session: String) async throws -> Bool {
        state.change { $0.setDraining(true, key: key, session: session) }
    }

    public func resume(key: String, session: String) async throws -> Bool {
        state.change { $0.setDraining(false, key: key, session: session) }
    }

    public func leave(key: String, session: String) async throws { state.change { $0.leave(key: key, session: session) } }

    public func nodes() async throws -> [NodeStatus] { state.value.nodes(now: now()) }

    public func declareDead(key: String, session: String) async throws -> Bool {
        let now = now()
        return state.change { $0.declareDead(key: key, session: session, now: now) }
    }

    // MARK: The leader's lease

    public func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        let now = now()
        return state.change { $0.campaign(key: key, session: session, ttl: ttl, now: now) }
    }

    public func resign(session: String, term: Int64) async throws {
        let now = now()
        state.change { $0.resign(session: session, term: term, now: now) }
    }

    public func leader() async throws -> Leadership? { state.value.leader(now: now()) }

    // MARK: Hints

    public func signal(_ hints: [Hint]) async {
        let listeners = listeners.withLock { $0.areHintsLost ? [] : $0.listening.values.map { $0 } }
        for hint in hints {
            for listener in listeners {
                switch hint {
                case .assigned(let wanted, _) where wanted != listener.session: continue
                case .commanded(let wanted, _) where wanted != listener.session: continue
                default: break
                }
                guard hint.isForLeader == (listener.session == nil) else { continue }
                listener.onHint(hint)
            }
        }
    }

    public func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        await listen(Listener(session: session, onHint: onHint), first: .unlocked(key: nil))
    }

    public func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async {
        await listen(Listener(session: nil, onHint: onHint), first: .nodesChanged)
    }

    private func listen(_ listener: Listener, first: Hint) async {
        let id = listeners.withLock { listeners in
            listeners.next += 1
            listeners.listening[listeners.next] = listener
            return listeners.next
        }
        defer { listeners.withLock { $0.listening[id] = nil } }
        // What happened while nobody listened is not told again: look once.
        if !listeners.withLock(\.areHintsLost) { listener.onHint(first) }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }
}

import Engine
import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A keeper for one node, which is alive and leads as long as it asks.
final class InstantKeeper: Keeper {
    private struct State {
        var nodes: [NodeStatus] = []
        var onHint: (@Sendable (Hint) -> Void)?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    let localMutexes = LocalMutexes()

    /// Waits until the node listens.
    func waitForListener() async {
        await withCheckedContinuation { continuation in
            let isListening = state.withLock { state in
                if state.onHint == nil { state.waiter = continuation }
                return state.onHint != nil
            }
            if isListening { continuation.resume() }
        }
    }

    func signal(_ hints: [Hint]) async {
        guard let onHint = state.withLock(\.onHint) else { return }
        for hint in hints { onHint(hint) }
    }

    /// The node leads, so what concerns it does not come from outside.
    func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }

    func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async {
        let waiter = state.withLock { state in
            state.onHint = onHint
            return exchange(&state.waiter, with: nil)
        }
        waiter?.resume()
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }

    func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        let status = NodeStatus(
            node: node, session: session, isAlive: true, isDraining: false, secondsLeft: 1_000_000, joinedAt: Shapes.time)
        state.withLock { $0.nodes = [status] }
        return .joined(serverTime: Shapes.time)
    }

    func nodes() async throws -> [NodeStatus] { state.withLock(\.nodes) }
    func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? { Renewal(serverTime: Shapes.time, isDraining: false) }

    func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        Leadership(key: key, session: session, term: 1, secondsLeft: 1_000_000)
    }

    // MARK: What a node that never fails does not ask

    func drain(key: String, session: String) async throws -> Bool { true }
    func resume(key: String, session: String) async throws -> Bool { true }
    func leave(key: String, session: String) async throws {}
    func declareDead(key: String, session: String) async throws -> Bool { false }
    func resign(session: String, term: Int64) async throws {}
    func leader() async throws -> Leadership? { nil }
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer { .acquired(token: 1) }
    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool { true }
    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn { .released(isWanted: false) }
    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool { false }
    func locks() async throws -> [LockStatus] { [] }
}

import Synchronization
import Workflow

/// A mutex that this process has: until when it may be trusted, who is inside, and whether it was lost.
final class Holding: Sendable {
    private struct State {
        /// When the last request was sent that took or extended it.
        var sent: ContinuousClock.Instant
        var renewalDue: ContinuousClock.Instant
        var failures = 0
        /// Calls of the same identity that are inside.
        var inside = 1
        var loss: String?
        /// Whether the store has said that it is not ours any more.
        var isGone = false
        var nextWatcher: UInt64 = 0
        var watchers: [(id: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let local: LocalMutexes
    let key: String
    let identity: MutexIdentity
    let owner: LockOwner
    let token: Int64
    let rules: LeaseRules
    private let state: Mutex<State>

    init(
        _ local: LocalMutexes, key: String, identity: MutexIdentity, owner: LockOwner, token: Int64, rules: LeaseRules,
        sent: ContinuousClock.Instant
    ) {
        self.local = local
        (self.key, self.identity, self.owner, self.token, self.rules) = (key, identity, owner, token, rules)
        state = Mutex(State(sent: sent, renewalDue: sent + rules.renewalInterval))
    }

    // MARK: Trust

    /// Counted on the own monotonic clock from the moment before the last successful request, so that it ends before the store can give the lock to somebody else.
    var trustEnds: ContinuousClock.Instant { rules.trustEnds(sent: state.withLock(\.sent)) }

    func isTrusted(at now: ContinuousClock.Instant) -> Bool { state.withLock(\.loss) == nil && now < trustEnds }

    /// Why it is lost; `nil` if it is not.
    var loss: String? { state.withLock(\.loss) }

    /// Whether the store has said that it is not ours any more: there is nothing to give back.
    var isGone: Bool { state.withLock(\.isGone) }

    /// It is lost, for good; wakes those who watch for it. The first reason counts.
    func lose(_ reason: String, isGone: Bool) {
        let watchers = state.withLock { state in
            state.loss = state.loss ?? reason
            state.isGone = state.isGone || isGone
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Waits until it is lost, or the task is cancelled.
    func untilLost() async {
        let id = state.withLock { state in
            state.nextWatcher += 1
            return state.nextWatcher
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.loss != nil || Task.isCancelled { return true }
                    state.watchers.append((id, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                state.watchers.firstIndex { $0.id == id }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume()
        }
    }

    // MARK: Renewal

    var renewalDue: ContinuousClock.Instant { state.withLock(\.renewalDue) }

    /// Lets one of those inside renew, if it is time; all of them wait for that time, so that it goes on whoever leaves.
    func beginRenewal(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.loss == nil, now >= state.renewalDue else { return false }
            state.renewalDue = now + rules.renewalInterval
            return true
        }
    }

    /// A renewal that was sent at `sent` succeeded.
    func renewed(sent: ContinuousClock.Instant) {
        state.withLock { state in
            state.sent = max(state.sent, sent)
            state.renewalDue = max(state.renewalDue, sent + rules.renewalInterval)
            state.failures = 0
        }
    }

    /// A renewal failed, nobody knows how: it is tried again soon.
    func renewalFailed(at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.failures += 1
            state.renewalDue = now + rules.retryDelay(failures: state.failures)
        }
    }

    // MARK: Who is inside

    /// Whether anybody is inside.
    var isOccupied: Bool { state.withLock { $0.inside > 0 } }

    /// Another call of the same identity comes in.
    /// - Returns: whether it may; not when the last has left.
    func join() -> Bool {
        state.withLock { state in
            guard state.inside > 0 else { return false }
            state.inside += 1
            return true
        }
    }

    /// A call has left.
    /// - Returns: whether it was the last; it has to give the mutex back.
    func leave() -> Bool {
        state.withLock { state in
            state.inside -= 1
            return state.inside == 0
        }
    }
}

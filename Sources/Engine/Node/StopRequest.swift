import Synchronization

/// Tells every part of a node that it is to stop: first gracefully, then, if asked again, at once.
final class StopRequest: Sendable {
    enum Urgency: Int, Sendable, Comparable {
        case none
        /// Running tasks may end within the grace period.
        case graceful
        /// Running tasks are cancelled now; what they belong to is handed back all the same.
        case atOnce

        static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var urgency = Urgency.none
        var nextWaiter = 0
        var waiters: [Int: (wanted: Urgency, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())
    private let host: any Host

    init(_ host: any Host = SystemHost()) { self.host = host }

    var isRequested: Bool { state.withLock { $0.urgency > .none } }

    /// Asks for a stop that is at least this urgent.
    func request(_ urgency: Urgency = .graceful) {
        let woken = state.withLock { state in
            state.urgency = max(state.urgency, urgency)
            let woken = state.waiters.filter { $0.value.wanted <= state.urgency }.sorted { $0.key < $1.key }
            for (id, _) in woken { state.waiters[id] = nil }
            return woken.map(\.value.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Waits until it is requested this urgently, or the task is cancelled.
    func wait(for urgency: Urgency = .graceful) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.urgency >= urgency || Task.isCancelled { return true }
                    state.waiters[id] = (urgency, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    /// Waits until it is requested this urgently, but not longer than `limit`.
    func wait(for urgency: Urgency = .graceful, atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: urgency) }
            group.addTask { [host] in try? await host.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}

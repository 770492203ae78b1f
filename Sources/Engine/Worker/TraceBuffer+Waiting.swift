import Synchronization

extension TraceBuffer {
    /// What somebody waits for.
    enum Wish: Sendable {
        /// That an attempt may add something.
        case room(Key)
        /// That all an attempt has added is durable or lost.
        case settled(Key)
    }

    struct Waiter: Sendable {
        var wish: Wish
        var continuation: CheckedContinuation<Void, Never>
    }

    func isFulfilled(_ wish: Wish, _ state: State) -> Bool {
        switch wish {
        case .room(let key): state.isClosed || hasRoom(key, state)
        case .settled(let key): state.isClosed || (state.attempts[key]?.isSettled ?? true)
        }
    }

    /// Those who have what they waited for, in the order in which they came.
    func takeWaiters(_ state: inout State) -> [Waiter] {
        guard !state.waiters.isEmpty else { return [] }
        let done = state.waiters.filter { isFulfilled($0.value.wish, state) }
        for id in done.keys { state.waiters[id] = nil }
        return done.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Waits for something; not at all, or no longer, where the task is cancelled.
    func wait(for wish: Wish) async {
        let id: UInt64? = state.withLock { state in
            if isFulfilled(wish, state) { return nil }
            state.nextWaiter += 1
            return state.nextWaiter
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || isFulfilled(wish, state) { return true }
                    state.waiters[id] = Waiter(wish: wish, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}

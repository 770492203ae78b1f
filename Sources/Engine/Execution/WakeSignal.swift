import Synchronization

/// A flag that one loop waits for and many may raise. Raising it twice before it is seen is the same as once, so it cannot overflow.
package final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let host: any Host

    package init(_ host: any Host = SystemHost()) { self.host = host }

    /// Wakes the waiter now, or the next one at once.
    package func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRaised = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits until the flag is raised (and lowers it), the deadline passes, or the task is cancelled. Only one task may wait at a time.
    package func wait(until deadline: ContinuousClock.Instant?) async {
        if lower() { return }
        guard let deadline else { return await waitForRaise() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForRaise() }
            group.addTask { [host] in try? await host.sleep(until: deadline) }
            await group.next()
            group.cancelAll()
        }
    }

    private func lower() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    private func waitForRaise() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume()
        }
    }
}

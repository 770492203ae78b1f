import Engine
import Records
import Synchronization

/// Lets hints that are given while others are being sent go together, each once: a thousand submissions at a time are a few inserts.
final class HintOutbox: Sendable {
    private struct State {
        var isSending = false
        /// What goes next, without doubles, and who waits for it.
        var next: [Hint] = []
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns when the hints have been sent, by this call or by another. `insert` must not throw and not take for ever.
    func send(_ hints: [Hint], through insert: ([Hint]) async -> Void) async {
        guard await isSender(of: hints) else { return }
        let (batch, others) = state.withLock { state in
            (exchange(&state.next, with: []), exchange(&state.waiters, with: []))
        }
        await insert(batch)
        for other in others { other.resume(returning: false) }
        // Whoever came meanwhile sends the next ones, so that nobody sends for others for ever.
        let sender = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.isSending = !state.waiters.isEmpty
            return state.isSending ? state.waiters.removeFirst() : nil
        }
        sender?.resume(returning: true)
    }

    /// Adds hints to the next ones, and waits until they are sent (`false`) or to be sent by the caller (`true`).
    private func isSender(of hints: [Hint]) async -> Bool {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                let known = Set(state.next)
                state.next += hints.filter { !known.contains($0) }
                guard state.isSending else {
                    state.isSending = true
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isFirst { continuation.resume(returning: true) }
        }
    }
}

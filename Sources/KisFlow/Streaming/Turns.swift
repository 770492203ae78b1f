import Synchronization

/// Lets tasks in one after the other, in the order of their numbers. Numbers are given out by ``ticket()``, or known by whoever calls ``wait(for:)``.
///
/// Every number must have its turn: a number that is given up is ended with ``done(_:)`` as well.
final class Turns: Sendable {
    private struct State {
        var next = 0
        var tickets = 0
        var ended: Set<Int> = []
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    func ticket() -> Int {
        state.withLock { state in
            defer { state.tickets += 1 }
            return state.tickets
        }
    }

    /// Waits until all lower numbers are done.
    ///
    /// - Throws: `CancellationError` when the task is cancelled meanwhile; the number is not done then.
    func wait(for number: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if state.next >= number { return .success(()) }
                    state.waiting[number] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                let waiting = state.waiting.removeValue(forKey: number)
                if waiting == nil, state.next < number { state.cancelled.insert(number) }
                return waiting
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    /// Ends the turn of a number, also of one that was never waited for.
    func done(_ number: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            state.ended.insert(number)
            while state.ended.remove(state.next) != nil { state.next += 1 }
            return state.waiting.removeValue(forKey: state.next)
        }
        waiting?.resume()
    }

    /// Runs `body` while nobody else is inside.
    func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
        let number = ticket()
        defer { done(number) }
        try await wait(for: number)
        return try await body()
    }
}

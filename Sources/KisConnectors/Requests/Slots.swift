import Synchronization

/// Lets so many callers in at once; the others wait in line, and stop waiting when they are cancelled.
///
/// The line is as long as there are callers: each of them is a batch or a function of a run, whose number is bounded there.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var next = 0
        var line: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// - Throws: `CancellationError`, or what `body` throws.
    func withSlot<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let number = state.withLock { state -> Int? in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            state.next += 1
            return state.next
        }
        guard let number else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait(number, $0) }
        } onCancel: {
            let waiting = state.withLock { state in
                state.line.firstIndex { $0.number == number }.map { state.line.remove(at: $0).continuation }
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private func wait(_ number: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        // Let in or cancelled before it stood in line. The handler of a later cancellation finds it there.
        let now = state.withLock { state -> Result<Void, any Error>? in
            if state.free > 0 {
                state.free -= 1
                return .success(())
            }
            if Task.isCancelled { return .failure(CancellationError()) }
            state.line.append((number, continuation))
            return nil
        }
        if let now { continuation.resume(with: now) }
    }

    private func leave() {
        let next = state.withLock { state in
            if state.line.isEmpty {
                state.free += 1
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.line.removeFirst().continuation
        }
        next?.resume()
    }
}

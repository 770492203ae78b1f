import Engine
import TestSupport

/// A machine whose clock stands still until the test moves it; the server's clock goes with it.
final class ManualTime: Host {
    private struct Sleeper: Sendable {
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State: Sendable {
        var now = ContinuousClock.now
        var nextID: UInt64 = 0
        var sleepers: [UInt64: Sleeper] = [:]
        var random = SeededGenerator(seed: 1)
    }

    let server = ManualServerClock()
    private let state = Watched(State())

    var now: ContinuousClock.Instant { state.value.now }

    func random() -> UInt64 { state.change { $0.random.next() } }

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        let id = state.change { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let end: Result<Void, any Error>? = state.change { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let end { continuation.resume(with: end) }
            }
        } onCancel: {
            state.change { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves both clocks on by as much, and wakes whose time has come.
    func advance(by duration: Duration) {
        server.advance(by: duration)
        let woken = state.change { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Waits until somebody sleeps until a moment that lies within the range from now.
    func sleeper(in range: ClosedRange<Duration>) async throws {
        try await state.wait(for: "a sleeper in \(range)") { state in
            state.sleepers.values.contains { range.contains($0.deadline - state.now) }
        }
    }
}

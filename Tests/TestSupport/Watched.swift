import Synchronization

/// A value behind a lock that tests can wait on: a condition is looked at again after each change, so nothing polls and nothing sleeps.
public final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        var isDone: @Sendable (Value) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var value: Value
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let state: Mutex<State>

    public init(_ value: Value) { state = Mutex(State(value: value)) }

    /// The value as it is now.
    public var value: Value { state.withLock(\.value) }

    /// Changes the value in one step and wakes those whose condition holds now.
    public func change<R: Sendable>(_ body: (inout Value) throws -> R) rethrows -> R {
        let (result, woken) = try state.withLock { state in
            let result = try body(&state.value)
            let done = state.waiters.filter { $0.value.isDone(state.value) }
            for id in done.keys { state.waiters[id] = nil }
            return (result, done.values.map(\.continuation))
        }
        for continuation in woken { continuation.resume(returning: true) }
        return result
    }

    /// Waits until the condition holds.
    /// - Throws: `WaitTimedOut` after `limit`; `CancellationError` where the task is cancelled.
    public func wait(for what: String, within limit: Duration = .seconds(20), until isDone: @escaping @Sendable (Value) -> Bool)
        async throws
    {
        let holds = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.waitWithoutLimit(until: isDone) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if holds || isDone(value) { return }
        try Task.checkCancellation()
        throw WaitTimedOut(what: what, limit: limit, value: String(String(describing: value).prefix(4_000)))
    }

    private func waitWithoutLimit(until isDone: @escaping @Sendable (Value) -> Bool) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if isDone(state.value) { return true }
                    if Task.isCancelled { return false }
                    state.waiters[id] = Waiter(isDone: isDone, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: false)
        }
    }
}

/// What a test waited for did not happen in time.
public struct WaitTimedOut: Error, CustomStringConvertible {
    var what: String
    var limit: Duration
    var value: String

    public var description: String { "waited \(limit) for \(what); what there is: \(value)" }
}

import Synchronization

/// The places in which a node runs tasks: a counting semaphore for asynchronous code, first come, first served.
///
/// Whoever waits is a task of an instance that the node owns, so the queue is bounded by the node's capacity.
final class Places: Sendable {
    private struct State {
        var free: Int
        var isClosed = false
        var nextTicket: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        /// Tickets in order; those that gave up are skipped.
        var queue: [UInt64] = []
        var head = 0
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: max(count, 1))) }

    /// Waits for a place.
    /// - Returns: whether there is one; not after `close`, nor where the task was cancelled. Only then must `leave` be called.
    func enter() async -> Bool {
        let isFree = state.withLock { state in
            guard !state.isClosed, state.free > 0 else { return false }
            state.free -= 1
            return true
        }
        if isFree { return true }
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isClosed || Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting[ticket] = continuation
                    state.queue.append(ticket)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(returning: false)
        }
    }

    /// Gives a place back.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            while state.head < state.queue.count {
                let ticket = state.queue[state.head]
                state.head += 1
                if state.head > 1_024 {
                    state.queue.removeFirst(state.head)
                    state.head = 0
                }
                if let next = state.waiting.removeValue(forKey: ticket) { return next }
            }
            state.free += 1
            return nil
        }
        next?.resume(returning: true)
    }

    /// Lets people in again.
    func open() { state.withLock { $0.isClosed = false } }

    /// Turns away everybody who waits, and everybody who comes.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }
}

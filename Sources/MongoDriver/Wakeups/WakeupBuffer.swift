import BSON
import Synchronization

/// What lies between the thread that tails and the task that iterates. The newest state and the newest documents are kept.
final class WakeupBuffer: Sendable {
    private struct State {
        var documents: [Document] = []
        var dropped = 0
        var state: WakeupState?
        var isFinished = false
        var onFinish: (@Sendable () -> Void)?
        var waiter: CheckedContinuation<Wakeup?, Never>?

        /// The next element: state first, since it says how to take the documents.
        mutating func take() -> Wakeup? {
            if let state {
                self.state = nil
                return .state(state)
            }
            if dropped > 0 { return .overflowed(dropped: exchange(&dropped, with: 0)) }
            return documents.isEmpty ? nil : .document(documents.removeFirst())
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    var isFinished: Bool {
        state.withLock(\.isFinished)
    }

    func report(_ newState: WakeupState) {
        change { $0.state = newState }
    }

    func append(_ document: Document) {
        change { [limit] state in
            if state.documents.count >= limit {
                state.documents.removeFirst()
                state.dropped += 1
            }
            state.documents.append(document)
        }
    }

    /// Ends the sequence at once; what is buffered is dropped.
    func finish() {
        change { $0.isFinished = true }
        state.withLock { exchange(&$0.onFinish, with: nil) }?()
    }

    /// Calls `action` once when the sequence ends: at once, where it has ended already.
    func whenFinished(_ action: @escaping @Sendable () -> Void) {
        let isFinished = state.withLock { state in
            if !state.isFinished { state.onFinish = action }
            return state.isFinished
        }
        if isFinished { action() }
    }

    func next() async -> Wakeup? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isReady, wakeup, superseded) = state.withLock { state in
                    if state.isFinished { return (true, nil, nil) as Answer }
                    if let wakeup = state.take() { return (true, wakeup, nil) }
                    return (false, nil, exchange(&state.waiter, with: continuation))
                }
                // Two tasks that share an iterator: the earlier one ends, rather than hang.
                superseded?.resume(returning: nil)
                if isReady { continuation.resume(returning: wakeup) }
            }
        } onCancel: {
            finish()
        }
    }

    private typealias Answer = (Bool, Wakeup?, CheckedContinuation<Wakeup?, Never>?)

    private func change(_ body: (inout sending State) -> Void) {
        let (waiter, wakeup) = state.withLock { state -> (CheckedContinuation<Wakeup?, Never>?, Wakeup?) in
            guard !state.isFinished else { return (nil, nil) }
            body(&state)
            if state.isFinished { return (exchange(&state.waiter, with: nil), nil) }
            guard let waiter = state.waiter, let wakeup = state.take() else { return (nil, nil) }
            state.waiter = nil
            return (waiter, wakeup)
        }
        waiter?.resume(returning: wakeup)
    }
}

import Dispatch
import Foundation
import Synchronization

/// Threads for calls that block, with a bounded queue in front: one pool per lane.
///
/// A full queue refuses at once (`.overloaded`). Work that is cancelled before a thread took it is removed and throws `CancellationError`;
/// after that it runs to its end, since a write in flight that nobody waits for would have an unknown outcome.
final class BlockingPool: Sendable {
    private struct Work {
        let id: UInt64
        let run: @Sendable () -> Void
        let abandon: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: [Work] = []
        var nextID: UInt64 = 0
        var isShutDown = false
    }

    private let name: String
    private let threads: Int
    private let queueLimit: Int
    private let state = Mutex(State())
    /// Counts what is queued. Removed work leaves a signal behind, which wakes a thread for nothing once.
    private let ready = DispatchSemaphore(value: 0)

    init(name: String, threads: Int, queueLimit: Int) {
        self.name = name
        self.threads = threads
        self.queueLimit = queueLimit
    }

    /// Starts the threads; each calls `exit` as the last thing it does.
    func start(exit: @escaping @Sendable () -> Void) {
        for index in 0..<threads {
            startThread(named: "\(name)-\(index)") { [self] in
                work()
                exit()
            }
        }
    }

    /// Runs a blocking body on one of the threads.
    /// - Parameter evenIfCancelled: whether it runs although the calling task is cancelled.
    func run<R: Sendable>(evenIfCancelled: Bool = false, _ body: @escaping @Sendable () throws -> R) async throws -> R {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
                let work = Work(
                    id: id, run: { continuation.resume(with: Result(catching: body)) }, abandon: { continuation.resume(throwing: $0) })
                enqueue(work)
                // A cancellation that came before the work was queued has found nothing to remove.
                if !evenIfCancelled, Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            if !evenIfCancelled { cancel(id) }
        }
    }

    /// Refuses what is queued and what comes, and lets the threads end after the work they have begun.
    func shutDown() {
        let abandoned = state.withLock { state in
            state.isShutDown = true
            return exchange(&state.queue, with: [])
        }
        for work in abandoned { work.abandon(closed) }
        for _ in 0..<threads { ready.signal() }
    }

    private var closed: MongoError {
        MongoError(.closed, "the client was closed")
    }

    private func enqueue(_ work: Work) {
        let refusal: MongoError? = state.withLock { state in
            if state.isShutDown { return closed }
            if state.queue.count >= queueLimit {
                return MongoError(.overloaded, "\(queueLimit) operations are waiting in the \(name) lane already (queueLimit)")
            }
            state.queue.append(work)
            return nil
        }
        if let refusal { work.abandon(refusal) } else { ready.signal() }
    }

    private func cancel(_ id: UInt64) {
        let removed: Work? = state.withLock { state in
            state.queue.firstIndex { $0.id == id }.map { state.queue.remove(at: $0) }
        }
        removed?.abandon(CancellationError())
    }

    private func work() {
        while true {
            ready.wait()
            let (work, isShutDown) = state.withLock { state in
                (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.isShutDown)
            }
            if let work { work.run() } else if isShutDown { return }
        }
    }
}

/// Starts a thread with a name for debuggers and profilers.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 4 << 20
    thread.start()
}

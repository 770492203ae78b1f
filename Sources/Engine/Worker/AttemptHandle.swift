import Synchronization

/// What cancels one attempt while the others of its run go on.
///
/// All attempts of a run are children of one task group, which can only be cancelled as a whole; a group for each would cost every task what few need.
final class AttemptHandle: Sendable {
    /// The task of an attempt, as long as it is at work.
    ///
    /// Unchecked: of an `UnsafeCurrentTask` only `cancel` may be called from elsewhere, and only while the task lives. Both hold here: nothing else is called, and under the lock the attempt is
    /// either attached, and then its task has not returned from its body, or not there.
    private struct Attached: @unchecked Sendable {
        var task: UnsafeCurrentTask
    }

    private enum Phase: Sendable {
        case waiting
        case attached(Attached)
        case canceled
        case over
    }

    private let phase = Mutex(Phase.waiting)

    /// Called by the attempt itself, at its beginning.
    /// - Returns: whether it is still wanted.
    func attach() -> Bool {
        withUnsafeCurrentTask { task in
            let attached = task.map { Attached(task: $0) }
            return phase.withLock { phase in
                guard case .waiting = phase, let attached else { return false }
                phase = .attached(attached)
                return true
            }
        }
    }

    /// Called by the attempt itself, at its end.
    func detach() { phase.withLock { $0 = .over } }

    func cancel() {
        phase.withLock { phase in
            if case .attached(let attached) = phase { attached.task.cancel() }
            if case .waiting = phase { phase = .canceled }
        }
    }
}

import Synchronization

/// Says to the leader's loop what there is to look at. Level-triggered: however often something is said before the loop listens, it is said once, so a thousand submissions are one look.
///
/// It may be rung while the node does not lead: a loop that begins looks at everything anyway.
final class LeaderBell: Sendable {
    /// What was said since the loop listened last.
    struct Calls: Sendable {
        /// There are runs to dispatch, or room for those that wait.
        var isDispatch = false
        /// A node has come, gone, or changed its mind about taking work.
        var isNodes = false
        /// Somebody has given a command to a run.
        var isCommands = false
    }

    private let calls = Mutex(Calls())
    private let wake: WakeSignal

    init(_ host: any Host) { wake = WakeSignal(host) }

    func dispatch() { ring { $0.isDispatch = true } }

    func nodesChanged() { ring { $0.isNodes = true } }

    func commands() { ring { $0.isCommands = true } }

    func ring(_ hint: Hint) {
        switch hint {
        case .dispatch: dispatch()
        case .nodesChanged: nodesChanged()
        case .commands: commands()
        case .assigned, .commanded, .leaderGone, .unlocked: break
        }
    }

    /// What was said, once.
    func take() -> Calls { calls.withLock { exchange(&$0, with: Calls()) } }

    /// Waits until something is said or the deadline has passed. Only one task may wait at a time.
    func wait(until deadline: ContinuousClock.Instant) async { await wake.wait(until: deadline) }

    private func ring(_ change: (inout Calls) -> Void) {
        calls.withLock { change(&$0) }
        wake.raise()
    }
}

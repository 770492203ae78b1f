import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The processes that one command started: its own process group, whose number is the first process's id.
///
/// A process that moves itself to another group or session is no longer among them.
final class ProcessGroup: Sendable {
    private struct State {
        var leader: pid_t?
        /// Arrived before the process was there.
        var waiting: Int32?
    }

    private let state = Mutex(State())

    /// The process is there; it leads the group.
    func started(_ leader: pid_t) {
        state.withLock { state in
            state.leader = leader
            if let signal = state.waiting { kill(-leader, signal) }
        }
    }

    /// Sends a signal to all of them, or as soon as they are there.
    func send(_ signal: Int32) {
        state.withLock { state in
            if let leader = state.leader {
                kill(-leader, signal)
            } else {
                state.waiting = signal
            }
        }
    }

    /// Whether the first process has ended. It is only looked at, not reaped: until somebody else does that, its number is not given to
    /// another process.
    var leaderHasExited: Bool {
        guard let leader = state.withLock(\.leader) else { return false }
        var info = siginfo_t()
        let status = waitid(P_PID, id_t(leader), &info, WEXITED | WNOHANG | WNOWAIT)
        return status != 0 || info.si_signo != 0
    }

    /// Whether processes are left. Only after the first one was reaped.
    var hasMembers: Bool {
        guard let leader = state.withLock(\.leader) else { return false }
        // Where this process is the one that inherits orphans (the first process of a container), nobody else reaps them.
        while waitpid(-leader, nil, WNOHANG) > 0 {}
        return kill(-leader, 0) == 0 && ProcessStates.isAlive(group: leader)
    }
}

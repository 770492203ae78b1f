import Synchronization

/// Sees to it that the processes of commands do not outlive this process, even where that is killed with SIGKILL.
///
/// A small process beside this one, started with the first command, is told which process groups run, through a pipe whose writing end only
/// this process has. When the pipe ends, this process is gone, however that came about, and what still runs is ended. (`PR_SET_PDEATHSIG`
/// would reach the first process of each command only, fires when the *thread* ends that started it, and is Linux's alone.)
///
/// Not reached: processes that have moved to a session or group of their own, as when a command ends.
///
/// The system gives the number of a group to nobody while any process of it is there, be it one that only waits to be reaped. So a group is
/// safe to signal until `ended` is told, but for the moment between the reaping of its last process (at the end of `Subprocess.run`, or of
/// `ProcessGroup.hasMembers`) and `ended`: a few instructions, within which all numbers (at least 32,768) would have to be used up and this
/// process be killed. Once this process is gone, the guard looks ten times a second which groups are left.
final class CommandGuard: Sendable {
    private struct State {
        var commands = GuardedCommands()
        var process: GuardProcess?
        /// A guard ended before its time.
        var isLost = false
        var lastWarning: String?
    }

    private let state = Mutex(State())
    private let shell: String

    init(shell: String = "/bin/sh") { self.shell = shell }

    deinit { state.withLock { $0.process?.end() } }

    /// The guard that runs now, if one does.
    var processIdentifier: Int32? { state.withLock { $0.process?.processIdentifier } }

    /// Tells the guard of a command that is about to be started, and starts the guard if none runs.
    /// - Returns: the command; and what people should know of the guard, if they were not told so before.
    func announce() -> (command: GuardedCommand, warning: String?) {
        let hex = String(UInt64.random(in: .min ... .max), radix: 16)
        let id = String(repeating: "0", count: 16 - hex.count) + hex
        return state.withLock { state in
            let (slot, entry) = state.commands.announce(id: id)
            let warning = tell(entry, &state)
            defer { state.lastWarning = warning ?? state.lastWarning }
            return (GuardedCommand(id: id, slot: slot, commandGuard: self), warning == state.lastWarning ? nil : warning)
        }
    }

    /// Tells the guard; a new one, of all that runs, where there is none.
    /// - Returns: what went wrong.
    private func tell(_ entry: String, _ state: inout State) -> String? {
        write(entry, &state)
        guard state.process == nil else { return nil }
        defer { state.isLost = false }
        do {
            state.process = try GuardProcess(shell: shell, entries: state.commands.entries)
            return state.isLost
                ? "the guard that ends commands when their worker is killed had ended or hung; a new one has taken over" : nil
        } catch {
            return "cannot start the guard that ends commands when their worker is killed (\(shell): \(error)); they would go on"
        }
    }

    /// What a guard that missed an entry does later would be wrong, so it is ended. The next command starts another.
    private func write(_ entry: String, _ state: inout State) {
        guard let process = state.process, !process.take(entry) else { return }
        process.end()
        state.process = nil
        state.isLost = true
    }

    fileprivate func started(_ slot: Int, group: Int32) {
        state.withLock { write($0.commands.started(slot, group: group), &$0) }
    }

    fileprivate func ended(_ slot: Int) {
        state.withLock { write($0.commands.ended(slot), &$0) }
    }
}

/// A command that the guard knows of.
struct GuardedCommand: Sendable {
    /// Where the command must carry `id`, so that it is found if its worker is killed right after its start, before it has said so.
    static let variable = "SWIFTFLOW_COMMAND_ID"

    let id: String
    fileprivate let slot: Int
    fileprivate let commandGuard: CommandGuard

    /// The command leads this process group.
    func started(_ group: Int32) { commandGuard.started(slot, group: group) }

    /// It was not started, or nothing of it is left.
    func ended() { commandGuard.ended(slot) }
}

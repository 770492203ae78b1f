import Engine
import Synchronization

/// Carries a process's lines into the trace of its attempt, up to a limit. Lines above it are counted and dropped, so that the process is
/// never held up by them.
final class OutputTrace: Sendable {
    private struct State {
        var room: Int
        var left = (lines: 0, bytes: 0)
        var isRepairAnnounced = false
    }

    private enum Step {
        case write, announceLimit, drop
    }

    /// What a line takes in the store beside its text, about.
    private static let lineOverhead = 32

    let trace: Trace
    private let limit: Int
    private let state: Mutex<State>

    /// - Parameter limit: how much an attempt may write, in bytes.
    init(_ trace: Trace, limit: Int) {
        self.trace = trace
        self.limit = limit
        state = Mutex(State(room: limit))
    }

    func write(_ line: LineSplitter.Line, level: TraceLevel) async {
        if line.isRepaired, announcesRepair() {
            await trace("the output has bytes that are not UTF-8; they are shown as \u{FFFD}", level: .warning)
        }
        switch step(for: line.text.utf8.count) {
        case .write: await trace(line.text, level: level)
        case .announceLimit:
            await trace("the trace is full (\(limit) bytes); further lines of this attempt are counted, not kept", level: .warning)
        case .drop: break
        }
    }

    /// Says what was left out, if anything was.
    func finish() async {
        let left = state.withLock(\.left)
        guard left.lines > 0 else { return }
        await trace("\(left.lines) lines (\(left.bytes) bytes) were left out of the trace", level: .warning)
    }

    private func announcesRepair() -> Bool {
        state.withLock { state in
            defer { state.isRepairAnnounced = true }
            return !state.isRepairAnnounced && state.left.lines == 0
        }
    }

    private func step(for size: Int) -> Step {
        state.withLock { state in
            let cost = size + Self.lineOverhead
            if state.left.lines == 0, cost <= state.room {
                state.room -= cost
                return .write
            }
            state.left.lines += 1
            state.left.bytes += size
            return state.left.lines == 1 ? .announceLimit : .drop
        }
    }
}

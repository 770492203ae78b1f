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

    /// What goes into the trace, in order.
    private enum Part {
        case lines([String])
        case repaired
        case full
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

    /// Adds lines, all at once. Waits where the trace takes no more at the moment; whoever reads a pipe then leaves it to fill up, and so stops the writer.
    func write(_ lines: [LineSplitter.Line], level: TraceLevel) async {
        for part in state.withLock({ Self.parts(lines, &$0) }) {
            switch part {
            case .lines(let texts): await trace(texts, level: level)
            case .repaired: await trace("the output has bytes that are not UTF-8; they are shown as \u{FFFD}", level: .warning)
            case .full:
                await trace("the trace is full (\(limit) bytes); further lines of this attempt are counted, not kept", level: .warning)
            }
        }
    }

    private static func parts(_ lines: [LineSplitter.Line], _ state: inout State) -> [Part] {
        var parts: [Part] = []
        var texts: [String] = []
        texts.reserveCapacity(lines.count)
        for line in lines {
            if line.isRepaired, !state.isRepairAnnounced, state.left.lines == 0 {
                state.isRepairAnnounced = true
                parts += [.lines(texts), .repaired]
                texts = []
            }
            let size = line.text.utf8.count
            if state.left.lines == 0, size + lineOverhead <= state.room {
                state.room -= size + lineOverhead
                texts.append(line.text)
            } else {
                state.left.lines += 1
                state.left.bytes += size
                if state.left.lines == 1 { parts += [.lines(texts), .full] }
            }
        }
        // Where lines were left out, those before them are among the parts.
        if state.left.lines == 0, !texts.isEmpty { parts.append(.lines(texts)) }
        return parts
    }

    /// Says what was left out, if anything was.
    func finish() async {
        let left = state.withLock(\.left)
        guard left.lines > 0 else { return }
        await trace("\(left.lines) lines (\(left.bytes) bytes) were left out of the trace", level: .warning)
    }
}

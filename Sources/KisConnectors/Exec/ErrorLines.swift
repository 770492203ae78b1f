import KisFlow
import Subprocess
import Synchronization

/// What a program writes to standard error: told line by line, so many a second, and the last lines kept for an error message.
final class ErrorLines: Sendable {
    private struct State {
        /// The line that has no end yet, cut at the limit.
        var pending: [UInt8] = []
        var last: [String] = []
        var windowStart: ContinuousClock.Instant
        var toldInWindow = 0
        var leftOut = 0
    }

    static let maximumLineBytes = 4_096
    static let linesPerSecond = 200
    private static let keptLines = 10
    private static let keptCharacters = 500

    private let tell: @Sendable (String) -> Void
    private let state: Mutex<State>

    init(_ tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
        state = Mutex(State(windowStart: .now))
    }

    func read(_ stream: SubprocessOutputSequence) async {
        var chunks = stream.makeAsyncIterator()
        while let chunk = try? await chunks.next() {
            chunk.withUnsafeBytes { add($0) }
        }
        finish()
    }

    /// The last lines, for an error message; empty when there were none.
    var summary: String {
        let last = state.withLock(\.last)
        return last.isEmpty ? "" : "; its last words: " + last.joined(separator: " | ")
    }

    func add(_ bytes: some Sequence<UInt8>) {
        for line in state.withLock({ state in bytes.compactMap { Self.take($0, &state) } }) { tell(line) }
    }

    func finish() {
        let lines = state.withLock { state -> [String] in
            var lines = state.pending.isEmpty ? [] : [Self.take(0x0A, &state)].compactMap(\.self)
            if state.leftOut > 0 { lines.append(Self.leftOut(&state)) }
            return lines
        }
        for line in lines { tell(line) }
    }

    /// - Returns: what is to be told when the byte ends a line.
    private static func take(_ byte: UInt8, _ state: inout State) -> String? {
        guard byte == 0x0A else {
            if state.pending.count < maximumLineBytes { state.pending.append(byte) }
            return nil
        }
        if state.pending.last == 0x0D { state.pending.removeLast() }
        let line = String(decoding: state.pending, as: UTF8.self)
        state.pending.removeAll(keepingCapacity: true)
        guard !line.isEmpty else { return nil }
        if state.last.count == keptLines { state.last.removeFirst() }
        state.last.append(String(line.prefix(keptCharacters)))
        return told(line, &state)
    }

    private static func told(_ line: String, _ state: inout State) -> String? {
        let now = ContinuousClock.now
        if now - state.windowStart >= .seconds(1) {
            state.windowStart = now
            state.toldInWindow = 0
        }
        guard state.toldInWindow < linesPerSecond else {
            state.leftOut += 1
            return nil
        }
        state.toldInWindow += 1
        return state.leftOut > 0 ? "\(leftOut(&state))\n\(line)" : line
    }

    private static func leftOut(_ state: inout State) -> String {
        defer { state.leftOut = 0 }
        return "(\(state.leftOut) lines left out: more than \(linesPerSecond) a second)"
    }
}

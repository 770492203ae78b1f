#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The trace of one attempt: lines for the people who look at the run.
///
/// Lines are gathered for at most 200 ms (the first ones 10 ms) or 64 KiB and written in chunks, while the action goes on. All of them are durable before the attempt's end is. Where the store is slower than the
/// task writes, `callAsFunction` waits. A trace ends with its attempt: lines that come later, from a task that the action has left behind, are dropped, and the node's log has one warning of it.
public struct Trace: Sendable {
    let buffer: TraceBuffer
    let dagInsId: String
    let taskId: String
    let epoch: Int64
    let attempt: Int
    let now: @Sendable () -> Date
    private let life: TraceLife

    init(
        buffer: TraceBuffer, dagInsId: String, taskId: String, epoch: Int64, attempt: Int, firstSeq: Int = 0,
        now: @escaping @Sendable () -> Date
    ) {
        life = TraceLife(firstSeq: firstSeq)
        self.buffer = buffer
        self.dagInsId = dagInsId
        self.taskId = taskId
        self.epoch = epoch
        self.attempt = attempt
        self.now = now
    }

    /// The longest line that is kept in one piece, in bytes; longer ones are split.
    public static let lineLimit = 16 << 10

    /// Adds text to the trace; each of its lines becomes a line.
    public func callAsFunction(_ message: String, level: TraceLevel = .info) async {
        await callAsFunction(CollectionOfOne(message), level: level)
    }

    /// Adds several texts at once, in order: many lines cost little more than one.
    package func callAsFunction(_ messages: some Collection<String>, level: TraceLevel = .info) async {
        let at = now()
        var lines: [TraceLine] = []
        lines.reserveCapacity(messages.count)
        for message in messages {
            if Self.isOneLine(message) {
                lines.append(TraceLine(at: at, level: level, message: message))
            } else {
                for line in message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
                    lines += Self.pieces(of: line).map { TraceLine(at: at, level: level, message: $0) }
                }
            }
        }
        await buffer.add(lines, to: key, life)
    }

    /// Waits until everything added so far is durable.
    /// - Returns: whether it is; `false` where the node has lost its session, the store refuses some of it, the task was cancelled meanwhile or the attempt is over, so that some of it may never be.
    @discardableResult
    public func flush() async -> Bool { await buffer.flush(key, life) }

    /// The attempt is over.
    func end() { buffer.end(key, life) }

    var key: TraceBuffer.Key { TraceBuffer.Key(dagInsId: dagInsId, taskId: taskId, epoch: epoch, attempt: attempt) }

    /// Whether a text is certainly a single line that need not be split. Bytes that can begin one of Unicode's other newlines count as one here.
    private static func isOneLine(_ text: String) -> Bool {
        text.utf8.count <= lineLimit && !text.utf8.contains { ($0 >= 0x0A && $0 <= 0x0D) || $0 == 0xC2 || $0 == 0xE2 }
    }

    /// Splits a line at the limit, never inside a Unicode scalar.
    static func pieces(of line: Substring) -> [String] {
        guard line.utf8.count > lineLimit else { return [String(line)] }
        var pieces: [String] = []
        var piece = String.UnicodeScalarView()
        var size = 0
        for scalar in line.unicodeScalars {
            let width = UTF8.width(scalar)
            if size + width > lineLimit {
                pieces.append(String(piece))
                (piece, size) = (String.UnicodeScalarView(), 0)
            }
            piece.append(scalar)
            size += width
        }
        pieces.append(String(piece))
        return pieces
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { String(scalar).utf8.count }
}

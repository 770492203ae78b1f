#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The trace of one attempt: lines for the people who look at the run.
///
/// Lines are buffered for at most 200 ms or 64 KiB and written in chunks. Where the store is slower than the task writes, `callAsFunction` waits.
public struct Trace: Sendable {
    let buffer: TraceBuffer
    let dagInsId: String
    let taskId: String
    let epoch: Int64
    let attempt: Int
    let now: @Sendable () -> Date

    /// The longest line that is kept in one piece, in bytes; longer ones are split.
    public static let lineLimit = 16 << 10

    /// Adds text to the trace; each of its lines becomes a line.
    public func callAsFunction(_ message: String, level: TraceLevel = .info) async {
        let at = now()
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            for piece in Self.pieces(of: line) {
                await buffer.add(TraceLine(at: at, level: level, message: piece), to: key)
            }
        }
    }

    /// Waits until everything added so far is durable.
    public func flush() async { await buffer.flush(key) }

    var key: TraceBuffer.Key { TraceBuffer.Key(dagInsId: dagInsId, taskId: taskId, epoch: epoch, attempt: attempt) }

    /// Splits a line at the limit, never inside a character.
    static func pieces(of line: Substring) -> [String] {
        guard line.utf8.count > lineLimit else { return [String(line)] }
        var pieces: [String] = []
        var piece = ""
        var size = 0
        for character in line {
            let width = character.utf8.count
            if size + width > lineLimit, !piece.isEmpty {
                pieces.append(piece)
                (piece, size) = ("", 0)
            }
            piece.append(character)
            size += width
        }
        pieces.append(piece)
        return pieces
    }
}

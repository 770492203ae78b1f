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
        for line in message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            for piece in Self.pieces(of: line) {
                await buffer.add(TraceLine(at: at, level: level, message: piece), to: key)
            }
        }
    }

    /// Waits until everything added so far is durable.
    /// - Returns: whether it is; `false` where the node has lost its session or the task was cancelled meanwhile, so that some of it may never be.
    @discardableResult
    public func flush() async -> Bool { await buffer.flush(key) }

    var key: TraceBuffer.Key { TraceBuffer.Key(dagInsId: dagInsId, taskId: taskId, epoch: epoch, attempt: attempt) }

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

import Foundation
import KisFlow
import Subprocess

/// The lines that a program writes to its standard output.
struct ExecOutput {
    private var chunks: SubprocessOutputSequence.Iterator
    private var lines: LineSplitter
    private var isAtEnd = false

    init(_ output: SubprocessOutputSequence, maximumLineBytes: Int) {
        chunks = output.makeAsyncIterator()
        lines = LineSplitter(path: "standard output", maximumBytes: maximumLineBytes)
    }

    /// The next line; `nil` at the end.
    ///
    /// - Throws: `FlowError` for a line that is too long.
    mutating func next() async throws -> Data? {
        while true {
            if let line = try lines.next(atEnd: isAtEnd) { return line }
            guard !isAtEnd else { return nil }
            await read()
        }
    }

    /// A line that has been read already.
    mutating func waiting() throws -> Data? { try lines.next(atEnd: isAtEnd) }

    /// Reads to the end.
    ///
    /// - Returns: the first line that was not asked for, if there is one.
    mutating func rest() async -> Data? {
        let line: Data?
        do { line = try await next() } catch { line = Data("a line that is too long".utf8) }
        while !isAtEnd { await skip() }
        return line
    }

    private mutating func read() async {
        guard let chunk = try? await chunks.next() else {
            isAtEnd = true
            return
        }
        lines.feed(chunk.withUnsafeBytes { [UInt8]($0) })
    }

    private mutating func skip() async {
        if (try? await chunks.next()) == nil { isAtEnd = true }
    }
}

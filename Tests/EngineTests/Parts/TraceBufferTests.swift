import TestSupport
import Testing

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Trace lines on their way")
struct TraceBufferTests {
    private let key = TraceBuffer.Key(dagInsId: "r", taskId: "t", epoch: 1, attempt: 1)

    private func line(_ text: String) -> TraceLine { TraceLine(at: Date(timeIntervalSince1970: 1), level: .info, message: text) }

    @Test("lines become one chunk when their attempt ends, and chunks are numbered")
    func chunks() async {
        let buffer = TraceBuffer(worker: "w")
        await buffer.add(line("a"), to: key)
        await buffer.add(line("b"), to: key)
        #expect(buffer.take(limit: 10).isEmpty, "nothing is due yet")
        buffer.end(key)
        let chunks = buffer.take(limit: 10)
        #expect(chunks.map(\.seq) == [0])
        #expect(chunks.first?.lines.map(\.message) == ["a", "b"])
        #expect(chunks.first?.id == "r/t/00000001.00000001/00000000")
        #expect(buffer.nextDue == nil)
    }

    @Test("a chunk is closed at its size limit, and the next one goes on counting")
    func sizes() async {
        let buffer = TraceBuffer(worker: "w")
        let text = String(repeating: "x", count: Trace.lineLimit)
        for _ in 0..<9 { await buffer.add(line(text), to: key) }
        buffer.end(key)
        let chunks = buffer.take(limit: 10)
        #expect(chunks.map(\.seq) == [0, 1, 2])
        #expect(chunks.flatMap(\.lines).count == 9)
        #expect(chunks.allSatisfy { $0.lines.reduce(0) { $0 + $1.message.utf8.count } <= TraceBuffer.chunkBytes + Trace.lineLimit })
    }

    @Test("who adds to a full buffer waits until chunks are durable")
    func full() async throws {
        let buffer = TraceBuffer(worker: "w", byteLimit: 100)
        await buffer.add(line(String(repeating: "x", count: 100)), to: key)
        let isAdded = Watched(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await buffer.add(line("late"), to: key)
                isAdded.change { $0 = true }
            }
            for _ in 0..<20 { await Task.yield() }
            #expect(!isAdded.value)
            buffer.end(key)
            buffer.settled(buffer.take(limit: 10))
            try await isAdded.wait(for: "the line") { $0 }
        }
    }

    @Test("flushing waits until everything is durable; closing the buffer lets go of everybody")
    func flush() async throws {
        let buffer = TraceBuffer(worker: "w")
        await buffer.add(line("a"), to: key)
        let done = Watched(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    await buffer.flush(key)
                    done.change { $0 += 1 }
                }
            }
            for _ in 0..<20 { await Task.yield() }
            #expect(done.value == 0)
            buffer.settled(buffer.take(limit: 10))
            try await done.wait(for: "both flushes") { $0 == 2 }
            await buffer.add(line("b"), to: key)
            group.addTask { await buffer.flush(key) }
            for _ in 0..<20 { await Task.yield() }
            buffer.close()
        }
        await buffer.add(line("c"), to: key)
        #expect(buffer.take(limit: 10).isEmpty)
    }

    @Test("long lines are split at the limit without losing or breaking a character")
    func pieces() {
        let text = String(repeating: "ä€👩‍👩‍👧", count: 2_000)
        let pieces = Trace.pieces(of: text[...])
        #expect(pieces.joined() == text)
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { $0.utf8.count <= Trace.lineLimit })
        #expect(Trace.pieces(of: "") == [""])
    }
}

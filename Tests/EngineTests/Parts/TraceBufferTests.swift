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

    private func add(_ texts: String..., to buffer: TraceBuffer, _ life: TraceLife, _ key: TraceBuffer.Key? = nil) async {
        await buffer.add(texts.map(line), to: key ?? self.key, life)
    }

    /// Does what the lane does, as soon as there is something to do.
    private func settleOnce(_ buffer: TraceBuffer) async throws {
        let began = ContinuousClock.now
        var chunks: [TraceChunk] = []
        while chunks.isEmpty {
            try #require(began.duration(to: .now) < .seconds(30), "nothing is there to be taken")
            await Task.yield()
            chunks = buffer.take(limit: 10)
        }
        buffer.settled(chunks)
    }

    @Test("lines become one chunk when their attempt ends, and chunks are numbered")
    func chunks() async {
        let (buffer, life) = (TraceBuffer(worker: "w", host: StoppedClock()), TraceLife())
        await add("a", to: buffer, life)
        await add("b", to: buffer, life)
        #expect(buffer.take(limit: 10).isEmpty, "nothing is due yet")
        #expect(!buffer.isSettled(key))
        buffer.end(key, life)
        let chunks = buffer.take(limit: 10)
        #expect(chunks.map(\.seq) == [0])
        #expect(chunks.first?.lines.map(\.message) == ["a", "b"])
        #expect(chunks.first?.id == "r/t/00000001.00000001/00000000")
        #expect(buffer.nextDue() == nil)
        #expect(!buffer.isSettled(key))
        buffer.settled(chunks)
        #expect(buffer.isSettled(key) && buffer.isEmpty)
    }

    @Test("a chunk is closed at its size limit, and the next one goes on counting")
    func sizes() async {
        let (buffer, life) = (TraceBuffer(worker: "w"), TraceLife())
        let text = String(repeating: "x", count: Trace.lineLimit)
        for _ in 0..<9 { await add(text, to: buffer, life) }
        buffer.end(key, life)
        let chunks = buffer.take(limit: 10)
        #expect(chunks.map(\.seq) == [0, 1, 2])
        #expect(chunks.flatMap(\.lines).count == 9)
        #expect(chunks.allSatisfy { $0.lines.reduce(0) { $0 + $1.message.utf8.count } <= TraceBuffer.chunkBytes + Trace.lineLimit })
    }

    @Test("who says more than the store takes waits until chunks are durable; who says little does not wait for him")
    func full() async throws {
        let (buffer, life) = (TraceBuffer(worker: "w", host: StoppedClock(), byteLimit: 100, attemptLimit: 100), TraceLife())
        await add(String(repeating: "x", count: 100), to: buffer, life)
        let isAdded = Watched(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await add("late", to: buffer, life)
                isAdded.change { $0 = true }
            }
            for _ in 0..<20 { await Task.yield() }
            #expect(!isAdded.value)
            let (other, otherLife) = (TraceBuffer.Key(dagInsId: "r", taskId: "quiet", epoch: 1, attempt: 1), TraceLife())
            await add("quiet", to: buffer, otherLife, other)
            buffer.end(other, otherLife)
            #expect(buffer.take(limit: 10).map(\.taskId) == ["quiet"])
            group.addTask { await buffer.flush(key, life) }
            try await settleOnce(buffer)
            try await isAdded.wait(for: "the line") { $0 }
            buffer.end(key, life)
            buffer.settled(buffer.take(limit: 10))
        }
    }

    @Test("attempts take turns: one with much to write does not hold up the others, and each one's chunks stay in order")
    func turns() async {
        let buffer = TraceBuffer(worker: "w")
        let (chatty, quiet) = (TraceLife(), TraceLife())
        let other = TraceBuffer.Key(dagInsId: "r", taskId: "quiet", epoch: 1, attempt: 1)
        let text = String(repeating: "x", count: Trace.lineLimit)
        for _ in 0..<40 { await add(text, to: buffer, chatty) }
        await add("a", to: buffer, quiet, other)
        buffer.end(other, quiet)
        let first = buffer.take(limit: 10, bytes: 2 * TraceBuffer.chunkBytes)
        #expect(first.map(\.taskId) == ["t", "quiet", "t"], "no more than the bytes asked for, and the last chunk")
        let rest = buffer.take(limit: 100)
        #expect((first + rest).filter { $0.taskId == "t" }.map(\.seq) == Array(0..<10))
    }

    @Test("lines after the end of their attempt are dropped, and that is said once")
    func late() async {
        let (late, life) = (Watched(0), TraceLife())
        let buffer = TraceBuffer(worker: "w", onLate: { _ in late.change { $0 += 1 } })
        await add("a", to: buffer, life)
        buffer.end(key, life)
        buffer.settled(buffer.take(limit: 10))
        for _ in 0..<3 { await add("b", to: buffer, life) }
        #expect(buffer.take(limit: 10).isEmpty && buffer.isEmpty && late.value == 1)
        #expect(await !buffer.flush(key, life))
        // One that has said nothing before.
        let silent = TraceLife()
        buffer.end(key, silent)
        await add("c", to: buffer, silent)
        #expect(buffer.take(limit: 10).isEmpty && late.value == 2)
    }

    @Test("flushing waits until everything is durable; closing the buffer lets go of everybody")
    func flush() async throws {
        let (buffer, life) = (TraceBuffer(worker: "w", host: StoppedClock()), TraceLife())
        await add("a", to: buffer, life)
        let done = Watched(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    await buffer.flush(key, life)
                    done.change { $0 += 1 }
                }
            }
            for _ in 0..<20 { await Task.yield() }
            #expect(done.value == 0)
            try await settleOnce(buffer)
            try await done.wait(for: "both flushes") { $0 == 2 }
            await add("b", to: buffer, life)
            group.addTask { await buffer.flush(key, life) }
            for _ in 0..<20 { await Task.yield() }
            buffer.close()
        }
        await add("c", to: buffer, life)
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

/// A machine on which no time passes.
private struct StoppedClock: Host {
    let now = ContinuousClock.now
    func sleep(until deadline: ContinuousClock.Instant) async throws {}
    func random() -> UInt64 { 4 }
}

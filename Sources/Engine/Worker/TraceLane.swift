import Logging
import Synchronization
import Workflow

/// Writes trace chunks, one batch after the other, on a way of its own: neither do task records wait for the bulk of a chatty task, nor does the bulk wait for them.
///
/// A batch is small, so that chunks of others, and whatever else the store has to do, come soon after it.
final class TraceLane: Sendable {
    /// About the most bytes of lines in one batch: the last chunk may exceed it.
    static let batchBytes = 512 << 10
    /// The most chunks in one batch.
    static let batchLimit = 1_000

    let buffer: TraceBuffer
    private let store: any Store
    private let host: any Host
    private let logger: Logger
    private let wake: WakeSignal
    private let isFinishing = Atomic(false)

    /// - Parameter onSettled: called when lines of attempts that have ended became durable, or never will.
    init(store: any Store, worker: String, host: any Host, logger: Logger, onSettled: @escaping @Sendable (TraceBuffer) -> Void) {
        let wake = WakeSignal(host)
        self.store = store
        self.host = host
        self.logger = logger
        self.wake = wake
        buffer = TraceBuffer(
            worker: worker, host: host, onDue: { wake.raise() }, onSettled: onSettled,
            onLate: { attempt in
                logger.warning(
                    "trace lines that came after the end of their attempt are dropped",
                    metadata: ["run": "\(attempt.dagInsId)", "task": "\(attempt.taskId)", "attempt": "\(attempt.attempt)"])
            })
    }

    /// Writes until it is told to finish and has nothing left, or is cancelled.
    func run() async {
        while !Task.isCancelled {
            let chunks = buffer.take(limit: Self.batchLimit, bytes: Self.batchBytes)
            if !chunks.isEmpty {
                await write(chunks)
            } else if isFinishing.load(ordering: .acquiring), buffer.isEmpty {
                return
            } else {
                await wake.wait(until: buffer.nextDue())
            }
        }
    }

    /// Lets `run` return once everything is written.
    func finish() {
        isFinishing.store(true, ordering: .releasing)
        wake.raise()
    }

    /// Writes chunks until the store has answered or the session is gone. Chunks are only inserted, so an unknown outcome is settled by sending them again.
    private func write(_ chunks: [TraceChunk]) async {
        var backoff = Backoff(host)
        while !Task.isCancelled {
            do {
                return settle(chunks, try await store.record(RecordBatch(traces: chunks)).traces)
            } catch let error as StoreError where error.kind == .refused {
                return await writeApart(chunks, refused: error)
            } catch {
                if Task.isCancelled { return }
                logger.warning("trace lines are not written yet", metadata: ["error": "\(error)", "chunks": "\(chunks.count)"])
                await backoff.wait()
            }
        }
    }

    /// A batch that the store refuses whole, whatever is tried, is written in halves until the chunk that it is about stands alone.
    private func writeApart(_ chunks: [TraceChunk], refused error: StoreError) async {
        guard chunks.count > 1 else { return settle(chunks, [.refused("\(error)")]) }
        let middle = (chunks.count + 1) / 2
        await write(Array(chunks[..<middle]))
        await write(Array(chunks[middle...]))
    }

    /// Lines that are lost hold nothing up.
    private func settle(_ chunks: [TraceChunk], _ outcomes: [RecordOutcome]) {
        var refused: Set<String> = []
        for (chunk, outcome) in zip(chunks, outcomes) {
            guard case .refused(let why) = outcome else { continue }
            refused.insert(chunk.id)
            logger.error("trace lines are lost", metadata: ["chunk": "\(chunk.id)", "reason": "\(why)"])
        }
        buffer.settled(chunks, refused: refused)
    }
}

import Logging
import Synchronization
import Workflow

/// What a recorder tells a run.
enum RecorderReport: Sendable {
    case taskRecorded(Int, RecordVersion)
    case taskRefused(Int, RecordVersion, String)
    case instanceRecorded(RecordVersion)
    case instanceRefused(RecordVersion, String)
    case fenced
}

/// Writes records of one kind, one batch after the other: what arrives while a batch is being written makes the next one.
final class RecordFlusher<Record: Sendable>: Sendable {
    /// Who is told of a record.
    struct Owner: Sendable {
        var number: Int
        var report: @Sendable (RecorderReport) -> Void
    }

    typealias Queue = RecordQueue<Record, Owner>

    private struct State {
        var queue = Queue()
        var isFinishing = false
    }

    /// The most records in one batch.
    static var batchLimit: Int { 1_000 }

    private let state = Mutex(State())
    private let wake: WakeSignal
    private let host: any Host
    private let logger: Logger
    private let write: @Sendable ([Record]) async throws -> [RecordOutcome]
    private let reportOf: @Sendable (Record, Int, RecordOutcome) -> RecorderReport

    /// - Parameters:
    ///   - write: what writes a batch, and says of each record what became of it.
    ///   - reportOf: what the owner of a record is told.
    init(
        host: any Host, logger: Logger, write: @escaping @Sendable ([Record]) async throws -> [RecordOutcome],
        reportOf: @escaping @Sendable (Record, Int, RecordOutcome) -> RecorderReport
    ) {
        self.host = host
        self.logger = logger
        self.write = write
        self.reportOf = reportOf
        wake = WakeSignal(host)
    }

    func put(_ record: Record, id: String, owner: Owner) {
        // While something waits the flusher has been told already.
        let wasEmpty = state.withLock { state in
            let wasEmpty = state.queue.isEmpty
            state.queue.put(record, id: id, owner: owner)
            return wasEmpty
        }
        if wasEmpty { wake.raise() }
    }

    /// Lets `run` return once everything that was handed over is written.
    func finish() {
        state.withLock { $0.isFinishing = true }
        wake.raise()
    }

    /// Writes until it is told to finish and has nothing left, or is cancelled.
    func run() async {
        while !Task.isCancelled {
            let (batch, isFinishing) = state.withLock { ($0.queue.take(limit: Self.batchLimit), $0.isFinishing) }
            if !batch.records.isEmpty {
                await send(batch)
            } else if isFinishing {
                return
            } else {
                await wake.wait(until: nil)
            }
        }
    }

    /// Sends a batch until the store has answered or the session is gone. Every record is idempotent, so an unknown outcome is settled by sending it again.
    private func send(_ batch: Queue.Batch) async {
        var backoff = Backoff(host)
        while !Task.isCancelled {
            do {
                CrashPoint.beforeBatch.reached()
                let outcomes = try await write(batch.records)
                CrashPoint.afterBatch.reached()
                return report(batch, outcomes)
            } catch let error as StoreError where error.kind == .refused {
                return await sendApart(batch, refused: error)
            } catch {
                if Task.isCancelled { return }
                logger.warning("records are not written yet", metadata: ["error": "\(error)", "records": "\(batch.records.count)"])
                await backoff.wait()
            }
        }
    }

    /// A batch that the store refuses whole, whatever is tried, is sent in halves until the record that it is about stands alone.
    private func sendApart(_ batch: Queue.Batch, refused error: StoreError) async {
        guard batch.records.count > 1 else { return report(batch, [.refused("\(error)")]) }
        let middle = (batch.records.count + 1) / 2
        for range in [0..<middle, middle..<batch.records.count] {
            await send(Queue.Batch(records: Array(batch.records[range]), owners: Array(batch.owners[range])))
        }
    }

    private func report(_ batch: Queue.Batch, _ outcomes: [RecordOutcome]) {
        for index in batch.records.indices where index < outcomes.count {
            let owner = batch.owners[index]
            owner.report(reportOf(batch.records[index], owner.number, outcomes[index]))
        }
    }
}

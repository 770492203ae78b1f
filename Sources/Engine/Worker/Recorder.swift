import Logging
import Synchronization
import Workflow

/// Group commit: the changes of all instances on a node meet here and are written as batches, as soon as a flusher is free.
///
/// No timer and no waiting for a full batch: what arrives while a batch is being written makes the next one. Changes of one document that wait together become one write.
/// A deferred change (a task that began) is written only if nothing has replaced it after `deferral`. Instances are sharded, so that the records of a run stay in order.
final class Recorder: Sendable {
    private let shards: [RecorderShard]

    init(store: any Store, worker: String, shards count: Int = 2, host: any Host = SystemHost(), logger: Logger) {
        shards = (0..<max(count, 1)).map { _ in RecorderShard(store: store, worker: worker, host: host, logger: logger) }
    }

    /// The part that writes what belongs to an instance.
    func shard(of dagInsId: String) -> RecorderShard {
        // A sum that is the same in every process, unlike `hashValue`.
        let sum = dagInsId.utf8.reduce(UInt64(5_381)) { ($0 &* 33) ^ UInt64($1) }
        return shards[Int(sum % UInt64(shards.count))]
    }

    /// Writes until it is told to finish and has nothing left, or is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for shard in shards { group.addTask { await shard.run() } }
        }
    }

    /// Lets `run` return once everything that was handed over is written.
    func finish() { for shard in shards { shard.finish() } }

    /// Drops what is left: the session is gone, and with it the right to write.
    func abandon() { for shard in shards { shard.traces.close() } }
}

/// What a recorder tells the runner of an instance.
enum RecorderReport: Sendable {
    case taskRecorded(Int, RecordVersion)
    case taskRefused(Int, RecordVersion, String)
    case instanceRecorded(RecordVersion)
    case instanceRefused(RecordVersion, String)
    case fenced
}

/// One flusher of the recorder and what waits for it.
final class RecorderShard: Sendable {
    typealias Report = @Sendable (RecorderReport) -> Void

    private struct Entry<Record: Sendable>: Sendable {
        var record: Record
        var number = 0
        var report: Report
    }

    private struct State {
        var instances = RecordQueue<Entry<DagInstance>>()
        var tasks = RecordQueue<Entry<TaskRecord>>()
        var isFinishing = false
    }

    private struct Batch {
        var instances: [Entry<DagInstance>]
        var tasks: [Entry<TaskRecord>]
        var traces: [TraceChunk]
        var isEmpty: Bool { count == 0 }
        var count: Int { instances.count + tasks.count + traces.count }

        /// Two batches with about half of each kind, in the order in which they must be written.
        var halves: [Batch] {
            func split<T>(_ list: [T], _ first: Bool) -> [T] {
                first ? Array(list.prefix((list.count + 1) / 2)) : Array(list.dropFirst((list.count + 1) / 2))
            }
            if instances.count <= 1, tasks.count <= 1, traces.count <= 1 {
                return [
                    Batch(instances: [], tasks: [], traces: traces), Batch(instances: [], tasks: tasks, traces: []),
                    Batch(instances: instances, tasks: [], traces: []),
                ]
                .filter { !$0.isEmpty }
            }
            return [true, false].map { Batch(instances: split(instances, $0), tasks: split(tasks, $0), traces: split(traces, $0)) }.filter {
                !$0.isEmpty
            }
        }
    }

    /// How long a task must run before `running` is written.
    static let deferral = Duration.milliseconds(100)
    /// The most records of a kind in one batch.
    static let batchLimit = 1_000
    /// The most trace chunks in one batch: 64 of 64 KiB are 4 MiB.
    static let chunkLimit = 64

    private let store: any Store
    private let logger: Logger
    private let state = Mutex(State())
    private let wake: WakeSignal
    private let host: any Host
    let traces: TraceBuffer

    init(store: any Store, worker: String, host: any Host, logger: Logger) {
        let wake = WakeSignal(host)
        self.host = host
        self.store = store
        self.logger = logger
        self.wake = wake
        traces = TraceBuffer(worker: worker, host: host) { wake.raise() }
    }

    // MARK: Handing over

    func record(_ instance: DagInstance, deferred: Bool, report: @escaping Report) {
        let due = due(deferred)
        state.withLock { $0.instances.put(Entry(record: instance, report: report), id: instance.id, due: due) }
        wake.raise()
    }

    func record(_ task: TaskRecord, number: Int, deferred: Bool, report: @escaping Report) {
        let due = due(deferred)
        state.withLock { $0.tasks.put(Entry(record: task, number: number, report: report), id: task.task.id, due: due) }
        wake.raise()
    }

    private func due(_ deferred: Bool) -> ContinuousClock.Instant? { deferred ? host.now + Self.deferral : nil }

    func finish() {
        state.withLock { $0.isFinishing = true }
        wake.raise()
    }

    // MARK: Writing

    func run() async {
        while !Task.isCancelled {
            let batch = takeBatch()
            if !batch.isEmpty {
                await write(batch)
            } else if isFinished {
                return
            } else {
                await wake.wait(until: nextDue)
            }
        }
    }

    private var isFinished: Bool {
        state.withLock { $0.isFinishing && $0.instances.isEmpty && $0.tasks.isEmpty } && traces.nextDue == nil
    }

    private var nextDue: ContinuousClock.Instant? {
        let due = state.withLock { [$0.instances.nextDue(), $0.tasks.nextDue()] }
        return (due + [traces.nextDue]).compactMap { $0 }.min()
    }

    private func takeBatch() -> Batch {
        let now = host.now
        // Traces are taken first and written first: what a task said is there when its end is.
        let chunks = traces.take(limit: Self.chunkLimit)
        if traces.hasClosed { return Batch(instances: [], tasks: [], traces: chunks) }
        return state.withLock { state in
            Batch(
                instances: state.instances.take(limit: Self.batchLimit, now: now),
                tasks: state.tasks.take(limit: Self.batchLimit, now: now),
                traces: chunks)
        }
    }

    /// Writes a batch until the store has answered or the session is gone. Every record is idempotent, so an unknown outcome is settled by sending it again.
    private func write(_ batch: Batch) async {
        let records = RecordBatch(instances: batch.instances.map(\.record), tasks: batch.tasks.map(\.record), traces: batch.traces)
        var backoff = Backoff(host)
        while !Task.isCancelled {
            do {
                CrashPoint.beforeBatch.reached()
                let result = try await store.record(records)
                CrashPoint.afterBatch.reached()
                return report(batch, result)
            } catch let error as StoreError where error.kind == .refused {
                return await writeApart(batch, refused: error)
            } catch {
                if Task.isCancelled { return }
                logger.warning(
                    "records are not written yet",
                    metadata: ["error": "\(error)", "records": "\(batch.tasks.count + batch.instances.count)"])
                await backoff.wait()
            }
        }
    }

    /// A batch that the store refuses whole, whatever is tried, is written in halves until the record that it is about stands alone.
    private func writeApart(_ batch: Batch, refused error: StoreError) async {
        guard batch.count > 1 else {
            let outcome = RecordOutcome.refused("\(error)")
            let result = RecordResult(
                instances: batch.instances.map { _ in outcome }, tasks: batch.tasks.map { _ in outcome },
                traces: batch.traces.map { _ in outcome })
            return report(batch, result)
        }
        for half in batch.halves { await write(half) }
    }

    private func report(_ batch: Batch, _ result: RecordResult) {
        var refused: Set<String> = []
        for (chunk, outcome) in zip(batch.traces, result.traces) {
            if case .refused(let why) = outcome {
                refused.insert(chunk.id)
                logger.error("trace lines are lost", metadata: ["chunk": "\(chunk.id)", "reason": "\(why)"])
            }
        }
        traces.settled(batch.traces, refused: refused)
        for (entry, outcome) in zip(batch.tasks, result.tasks) {
            let version = entry.record.task.version
            switch outcome {
            case .written: entry.report(.taskRecorded(entry.number, version))
            case .fenced: entry.report(.fenced)
            case .refused(let why): entry.report(.taskRefused(entry.number, version, why))
            }
        }
        for (entry, outcome) in zip(batch.instances, result.instances) {
            switch outcome {
            case .written: entry.report(.instanceRecorded(entry.record.version))
            case .fenced: entry.report(.fenced)
            case .refused(let why): entry.report(.instanceRefused(entry.record.version, why))
            }
        }
    }
}

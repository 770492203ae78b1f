import Logging
import Synchronization
import Workflow

/// Group commit: the changes of all instances on a node meet here and are written as batches, as soon as a flusher is free.
///
/// No timer and no waiting for a full batch: what arrives while a batch is being written makes the next one. Changes of one document that wait together become one write.
/// Records of tasks are sharded by their run, so that those of a run stay in order. Records of runs have a flusher of their own, so that no task waits for them; a run's last record is handed over only
/// after all its tasks are durable. Trace lines go a way of their own too (`TraceLane`); only the record of a task whose lines are on their way waits, until they are durable.
final class Recorder: Sendable {
    private let shards: [RecorderShard]
    private let instances: RecordFlusher<DagInstance>

    init(store: any Store, worker: String, shards count: Int = 2, host: any Host = SystemHost(), logger: Logger) {
        let instances = RecordFlusher<DagInstance>(
            host: host, logger: logger, write: { try await store.record(RecordBatch(instances: $0)).instances },
            reportOf: { instance, _, outcome in
                switch outcome {
                case .written: .instanceRecorded(instance.version)
                case .fenced: .fenced
                case .refused(let why): .instanceRefused(instance.version, why)
                }
            })
        self.instances = instances
        shards = (0..<max(count, 1)).map { _ in
            RecorderShard(store: store, worker: worker, instances: instances, host: host, logger: logger)
        }
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
            group.addTask { await self.instances.run() }
        }
    }

    /// Lets `run` return once everything that was handed over is written. No attempt may be under way any more.
    func finish() {
        for shard in shards { shard.finish() }
        instances.finish()
    }

    /// Drops what is left: the session is gone, and with it the right to write.
    func abandon() { for shard in shards { shard.abandon() } }
}

/// The part of a recorder that writes the tasks and traces of some runs.
final class RecorderShard: Sendable {
    typealias Report = @Sendable (RecorderReport) -> Void
    typealias TaskOwner = RecordFlusher<TaskRecord>.Owner

    /// Records of tasks that wait for lines of their attempts.
    private final class Held: Sendable {
        private let records = Mutex(HeldRecords<(TaskRecord, TaskOwner)>())
        private let tasks: RecordFlusher<TaskRecord>

        init(_ tasks: RecordFlusher<TaskRecord>) { self.tasks = tasks }

        /// Hands a record on, or keeps it until the lines of `attempt` are settled. With the lock held, so that records of a document stay in order.
        func put(_ record: TaskRecord, _ owner: TaskOwner, attempt: TraceBuffer.Key?, _ traces: TraceBuffer) {
            let id = record.task.id
            records.withLock { held in
                if let attempt, !traces.isSettled(attempt) {
                    held.put((record, owner), id: id, attempt: attempt)
                } else if !held.replace((record, owner), id: id) {
                    tasks.put(record, id: id, owner: owner)
                }
            }
        }

        /// Lines were settled: hands on what waited for them.
        func release(_ traces: TraceBuffer) {
            records.withLock { held in
                for (id, waiting) in held.take(where: traces.isSettled) { tasks.put(waiting.0, id: id, owner: waiting.1) }
            }
        }

        func removeAll() { records.withLock { $0.removeAll() } }
    }

    private let tasks: RecordFlusher<TaskRecord>
    private let instances: RecordFlusher<DagInstance>
    private let held: Held
    let lane: TraceLane
    var traces: TraceBuffer { lane.buffer }

    init(store: any Store, worker: String, instances: RecordFlusher<DagInstance>, host: any Host, logger: Logger) {
        let tasks = RecordFlusher<TaskRecord>(
            host: host, logger: logger, write: { try await store.record(RecordBatch(tasks: $0)).tasks },
            reportOf: { record, number, outcome in
                switch outcome {
                case .written: .taskRecorded(number, record.task.version)
                case .fenced: .fenced
                case .refused(let why): .taskRefused(number, record.task.version, why)
                }
            })
        let held = Held(tasks)
        self.tasks = tasks
        self.instances = instances
        self.held = held
        lane = TraceLane(store: store, worker: worker, host: host, logger: logger, onSettled: { held.release($0) })
    }

    // MARK: Handing over

    func record(_ instance: DagInstance, report: @escaping Report) {
        instances.put(instance, id: instance.id, owner: RecordFlusher.Owner(number: 0, report: report))
    }

    /// Hands over the record of a task. The end of an attempt must have been told to its trace before.
    /// - Parameter run: the run under whose id the task is traced, if that is another.
    func record(_ task: TaskRecord, number: Int, tracedAs run: String? = nil, report: @escaping Report) {
        var attempt = task.task.status.endsAttempt && !traces.isSilent ? TraceBuffer.Key(task.task) : nil
        if let run { attempt?.dagInsId = run }
        held.put(task, TaskOwner(number: number, report: report), attempt: attempt, traces)
    }

    /// Lets `run` return once everything that was handed over is written: first the lines, then what waited for them.
    func finish() { lane.finish() }

    func abandon() {
        held.removeAll()
        traces.close()
    }

    /// Writes until it is told to finish and has nothing left, or is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tasks.run() }
            await lane.run()
            held.release(traces)
            tasks.finish()
        }
    }
}

import BSON
import Engine
import GRDB
import Records
import Workflow

extension SQLiteStore {
    /// One transaction for the batch; each record counts under its own condition.
    func record(_ batch: RecordBatch) async throws -> RecordResult {
        guard !batch.isEmpty else { return RecordResult(instances: [], tasks: [], traces: []) }
        // Encoding is done here, by as many as call at once; the writer only writes.
        let traces = batch.traces.map { chunk in Result { try chunk.document } }
        let tasks = batch.tasks.map(\.task.document)
        let instances = batch.instances.map(\.document)
        return try await file.write { db in
            RecordResult(
                instances: try zip(batch.instances, instances).map { try db.record($0, $1) },
                tasks: try zip(batch.tasks, tasks).map { try db.record($0, $1) },
                traces: try zip(batch.traces, traces).map { try db.record($0, $1) })
        }
    }
}

extension GRDB.Database {
    fileprivate func record(_ run: DagInstance, _ document: Document) throws -> RecordOutcome {
        if let why = document.tooLarge { return .refused(why) }
        if try replaceOlder(run, document) { return .written }
        // The same version is the record's own earlier write, another one a fence.
        return try instanceVersion(run.id) == run.version ? .written : .fenced
    }

    fileprivate func record(_ record: TaskRecord, _ document: Document) throws -> RecordOutcome {
        if let why = document.tooLarge { return .refused(why) }
        let task = record.task
        let sql =
            record.isFirst
            ? """
            INSERT INTO task_instance (id, version, document) VALUES (?1, ?2, ?3)
            ON CONFLICT (id) DO UPDATE SET version = ?2, document = ?3 WHERE version < ?2
            """ : "UPDATE task_instance SET version = ?2, document = ?3 WHERE id = ?1 AND version < ?2"
        if try change(sql, [task.id, task.version.rawValue, document.data]) == 1 { return .written }
        let found = try number("SELECT version FROM task_instance WHERE id = ?", [task.id])
        return found == task.version.rawValue ? .written : .fenced
    }

    fileprivate func record(_ chunk: TraceChunk, _ document: Result<Document, any Error>) throws -> RecordOutcome {
        guard case .success(let document) = document else { return .refused("its lines make no document") }
        if let why = document.tooLarge { return .refused(why) }
        try change("INSERT INTO task_trace (id, document) VALUES (?, ?) ON CONFLICT (id) DO NOTHING", [chunk.id, document.data])
        return .written
    }
}

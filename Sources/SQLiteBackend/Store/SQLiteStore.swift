import BSON
import Engine
import GRDB
import Records
import Workflow

/// The store in a file: what is conditional is decided inside one transaction, in which nobody else writes.
struct SQLiteStore: Store {
    let file: SQLiteFile
    /// Says what nobody else would.
    let unreadable: UnreadableLog
    let known = KnownVersions()

    // MARK: Submission

    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        guard !instances.isEmpty else { return [] }
        let documents = instances.map(\.document)
        return try await file.write { db in
            try zip(instances, documents).map { run, document in
                if let why = document.tooLarge { return .refused(why) }
                if try db.insert(run, document) { return .created }
                guard let existing = try db.instance(run.id) else { return .refused("its id is taken and free at once") }
                do throws(StoreError) {
                    let found = try existing.decoded(DagInstance.init)
                    // What is sent again finds itself.
                    return found == run ? .created : .existing(found)
                } catch { return .refused(error.message) }
            }
        }
    }

    // MARK: Reading

    func instance(id: String) async throws -> DagInstance? {
        try await file.read { try $0.instance(id) }.map { try $0.decoded(DagInstance.init) }
    }

    func instances(ids: [String]) async throws -> Page<DagInstance> {
        try await file.read { db in try Set(ids).sorted().compactMap { try db.instance($0) } }.page(DagInstance.init)
    }

    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> {
        let list = try InstanceList(query)
        let (found, next) = try await file.read { db in
            let keys = try list.keys(db)
            return (try keys.compactMap { try db.instance($0.id) }, keys.last?.text)
        }
        return found.page(limit: query.limit, next: next, DagInstance.init)
    }

    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        let found = try await file.read { try $0.tasks(of: dagInsId, from: RecordVersion(epoch: runEpoch)) }
        return try found.map { try $0.decoded(TaskInstance.init) }
    }

    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] {
        let prefix = taskId.map { "\(dagInsId)/\($0)" } ?? dagInsId
        let found = try await file.read { db in
            try db.documents(
                "task_trace", "SELECT id, document FROM task_trace WHERE id >= ?1 AND id < ?2 AND id > ?3 ORDER BY id LIMIT ?4",
                [prefix + "/", prefix + "0", after ?? "", limit])
        }
        return try found.map { try $0.decoded(TraceChunk.init) }
    }
}

extension GRDB.Database {
    /// The task documents of a run: the ids from `<run>/` to before `<run>0`, the character after the slash.
    func tasks(of run: String, from version: RecordVersion) throws -> [StoredDocument] {
        try documents(
            "task_instance", "SELECT id, document FROM task_instance WHERE id >= ? AND id < ? AND version >= ? ORDER BY id",
            [run + "/", run + "0", version.rawValue])
    }
}

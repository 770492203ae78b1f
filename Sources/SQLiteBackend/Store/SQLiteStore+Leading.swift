import BSON
import Engine
import GRDB
import Records
import Workflow

/// What leader and owners change of runs, apart from what the recorder writes.
extension SQLiteStore {
    func owned() async throws -> [OwnedInstance] {
        let found = try await file.read { db in
            try db.documents(
                GRDB.Database.instances, "SELECT id, document FROM dag_instance WHERE session IS NOT NULL ORDER BY session, id", [])
        }
        // One that does not decode is left alone, and keeps nobody else waiting. Its owner reports it too, if that lives.
        return found.compactMap { stored in
            do throws(StoreError) { return try stored.decoded(OwnedInstance.init) } catch {
                unreadable.report(stored.id, error)
                return nil
            }
        }
    }

    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        guard !assignments.isEmpty else { return [] }
        return try await file.write { db in try assignments.map { try db.assign($0) } }
    }

    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        let found = try await file.read { db in
            try db.documents(
                GRDB.Database.instances, "SELECT id, document FROM dag_instance WHERE session = ? AND id > ? ORDER BY id LIMIT ?",
                [session, after ?? "", limit])
        }
        return found.page(limit: limit, next: found.last?.id, DagInstance.init)
    }

    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        let found = try await file.read { db in
            try ids.flatMap { id in
                try db.documents(
                    GRDB.Database.instances, "SELECT id, document FROM dag_instance WHERE id = ? AND session = ?", [id, session])
            }
        }
        return found.page(DagInstance.init)
    }

    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        try await file.write { db in
            guard var run = try db.instance(id)?.decoded(DagInstance.init), run.session == session, run.version == expected else {
                return nil
            }
            (run.status, run.version) = (.scheduled, expected.nextEpoch)
            try db.replace(run, run.document)
            return run
        }
    }

    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        try await file.write { db in
            for stored in try db.tasks(of: dagInsId, from: RecordVersion(epoch: from)) {
                var task = try stored.decoded(TaskInstance.init)
                guard task.version.epoch < to else { continue }
                // The counter below the epoch stays.
                task.version = RecordVersion(epoch: to, counter: task.version.counter)
                try db.change(
                    "UPDATE task_instance SET version = ?2, document = ?3 WHERE id = ?1",
                    [task.id, task.version.rawValue, task.document.data])
            }
        }
    }
}

extension GRDB.Database {
    /// One assignment under its condition.
    fileprivate func assign(_ assignment: DispatchPlan.Assignment) throws -> Bool {
        guard let stored = try instance(assignment.id), var run = try? stored.decoded(DagInstance.init) else { return false }
        // One that is sent again finds itself.
        if run.version == assignment.version, run.session == assignment.session { return true }
        guard run.status == assignment.from, run.version == assignment.expected else { return false }
        guard assignment.expectedSession == nil || run.session == assignment.expectedSession else { return false }
        (run.status, run.reason) = (.scheduled, "")
        (run.worker, run.session, run.version) = (assignment.worker, assignment.session, assignment.version)
        // What woke it has done so.
        run.wakeAt = nil
        if let runEpoch = assignment.runEpoch { run.runEpoch = runEpoch }
        if assignment.isAdoption { run.adoptions += 1 }
        try replace(run, run.document)
        return true
    }
}

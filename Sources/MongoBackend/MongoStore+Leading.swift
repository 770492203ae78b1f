import BSON
import Engine
import MongoDriver
import Records
import Workflow

extension MongoStore {
    func owned() async throws -> [OwnedInstance] {
        let collections = collections
        let documents = try await run("owned") { connection in
            var all: [Document] = []
            var after: (session: String, id: String)?
            while true {
                let some = try connection.find(collections.owned(after: after, limit: 5_000))
                all += some
                guard some.count == 5_000, let session = some.last?["session"]?.stringValue, let id = some.last?["_id"]?.stringValue else {
                    return all
                }
                after = (session, id)
            }
        }
        // One that does not decode is left alone, and keeps nobody else waiting. Its owner reports it too, if that lives.
        return documents.compactMap { document in
            let fields = FieldReader(document: document, collection: collections.dagInstance.collection)
            do throws(StoreError) { return try OwnedInstance(fields) } catch {
                unreadable.report(fields.id, error)
                return nil
            }
        }
    }

    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        guard !assignments.isEmpty else { return [] }
        let namespace = collections.dagInstance
        return try await run("assign") { connection in
            let result = try connection.bulk(namespace, assignments.map(\.operation))
            if result.matched == assignments.count { return assignments.map { _ in true } }
            // The reply has only totals: who missed is read back. Version and session together are only in the document if this very assignment put them there.
            let versions = try connection.ownership(of: assignments.map(\.id), in: namespace)
            return assignments.map { assignment in
                versions[assignment.id].map { $0.version == assignment.version && $0.session == assignment.session } ?? false
            }
        }
    }

    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        page(try await find("assigned", collections.assigned(to: session, after: after, limit: limit)), limit: limit)
    }

    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        page(try await find("assigned", collections.assigned(to: session, among: ids)))
    }

    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        let namespace = collections.dagInstance
        let filter: Document = ["_id": .string(id), "session": .string(session), "version": .int64(expected.rawValue)]
        let change: Document = [
            "$set": [
                "status": .string(DagInstanceStatus.scheduled.rawValue), "version": .int64(expected.nextEpoch.rawValue),
            ]
        ]
        let claimed = try await run("claimAgain") { connection in
            try connection.findAndModify(namespace, filter: filter, update: .document(change), returnNew: true).value
        }
        return try claimed.map { try DagInstance(FieldReader(document: $0, collection: namespace.collection)) }
    }

    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        let query = collections.raisedTasks(of: dagInsId, from: from, to: to)
        // The epoch is the upper half of the version; the counter below it stays.
        let counter: Document = ["$mod": ["$version", .int64(1 << 32)]]
        let raised: Document = ["$add": [.document(counter), .int64(RecordVersion(epoch: to).rawValue)]]
        try await run("raiseTasks") { connection in
            _ = try connection.updateMany(
                query.namespace, filter: query.filter, update: .pipeline([["$set": ["version": .document(raised)]]]))
        }
    }
}

extension DispatchPlan.Assignment {
    fileprivate var operation: WriteOperation {
        var filter: Document = ["_id": .string(id), "status": .string(from.rawValue), "version": .int64(expected.rawValue)]
        if let expectedSession { filter.append("session", .string(expectedSession)) }
        var fields: Document = [
            "status": .string(DagInstanceStatus.scheduled.rawValue), "worker": .string(worker), "session": .string(session),
            "version": .int64(version.rawValue), "reason": "",
        ]
        if let runEpoch { fields.append("runEpoch", .int64(runEpoch)) }
        // What woke it has done so; the index of such times holds only runs that nobody owns.
        var change: Document = ["$set": .document(fields), "$unset": ["wakeAt": ""]]
        if isAdoption { change.append("$inc", .document(["adoptions": .int64(1)])) }
        return .updateOne(filter: filter, update: .document(change))
    }
}

extension Connection {
    /// Version and session of documents by id, read in bounded steps.
    func ownership(of ids: [String], in namespace: Namespace) throws -> [String: (version: RecordVersion, session: String?)] {
        var found: [String: (version: RecordVersion, session: String?)] = [:]
        for start in stride(from: 0, to: ids.count, by: 1_000) {
            let some = ids[start..<min(start + 1_000, ids.count)]
            let filter: Document = ["_id": ["$in": .array(some.map { .string($0) })]]
            for document in try find(namespace, filter: filter, projection: ["version": 1, "session": 1], limit: some.count) {
                guard let id = document["_id"]?.stringValue, let version = document["version"]?.int64Value else { continue }
                found[id] = (RecordVersion(rawValue: version), document["session"]?.stringValue)
            }
        }
        return found
    }
}

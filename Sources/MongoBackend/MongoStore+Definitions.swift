import BSON
import Engine
import MongoDriver
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MongoStore {
    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        if let current = try await self.dag(id: dag.id) {
            if current.version == version, current.dag.status == dag.status, current.source == source { return .unchanged(current) }
            guard current.revision == expectedRevision else { return .conflict }
        } else if expectedRevision != nil {
            return .conflict
        }
        let record = DagRecord(dag: dag, version: version, revision: (expectedRevision ?? 0) + 1, source: source)
        let kept: Document = [
            "_id": .string(Dag.versionKey(id: dag.id, version: version)), "dagId": .string(dag.id), "version": .string(version),
            "definition": .document(try BSONEncoder().encode(dag)),
        ]
        let collections = collections
        return try await run("apply") { connection in
            // The version first: nothing may point to one that is not there.
            do throws(MongoError) { try connection.insertOne(collections.dagVersion, kept) } catch  where error.isDuplicateKey {}
            return try Self.point(to: record, expectedRevision, collections.dag, connection) ? .applied(record) : .conflict
        }
    }

    private static func point(
        to record: DagRecord, _ expectedRevision: Int64?, _ namespace: Namespace, _ connection: borrowing Connection
    ) throws -> Bool {
        let document: Document = [
            "_id": .string(record.dag.id), "name": .string(record.dag.name), "desc": .string(record.dag.desc),
            "status": .string(record.dag.status.rawValue), "version": .string(record.version), "revision": .int64(record.revision),
            "source": .string(record.source), "updatedAt": .date(Date()),
        ]
        if let expectedRevision {
            let filter: Document = ["_id": .string(record.dag.id), "revision": .int64(expectedRevision)]
            return try connection.replaceOne(namespace, filter: filter, replacement: document).matched == 1
        }
        do {
            try connection.insertOne(namespace, document)
            return true
        } catch  where error.isDuplicateKey {
            return false
        }
    }

    func dag(id: String) async throws -> DagRecord? {
        let query = Query(namespace: collections.dag, filter: ["_id": .string(id)], limit: 1)
        guard let document = try await find("dag", query).first else { return nil }
        return try await record(document)
    }

    func dags(after: String?, limit: Int) async throws -> [DagRecord] {
        var records: [DagRecord] = []
        for document in try await find("dags", collections.definitions(after: after, limit: limit)) {
            records.append(try await record(document))
        }
        return records
    }

    private func record(_ document: Document) async throws -> DagRecord {
        let fields = FieldReader(document: document, collection: collections.dag.collection)
        let version = try fields.string("version")
        guard var dag = try await dagVersion(id: fields.string("_id"), version: version) else {
            throw StoreError(.malformed, "dag '\(fields.id)': its version \(version) is not in \(collections.dagVersion.collection)")
        }
        dag.status = try fields.choice("status")
        return DagRecord(dag: dag, version: version, revision: try fields.int("revision"), source: try fields.string("source"))
    }

    func dagVersion(id: String, version: String) async throws -> Dag? {
        let query = Query(namespace: collections.dagVersion, filter: ["_id": .string(Dag.versionKey(id: id, version: version))], limit: 1)
        guard let document = try await find("dagVersion", query).first else { return nil }
        let fields = FieldReader(document: document, collection: collections.dagVersion.collection)
        let definition = try fields.required("definition", "a document") { $0.documentValue }
        do { return try BSONDecoder().decode(Dag.self, from: definition) } catch {
            throw StoreError(.malformed, "\(fields.collection) '\(fields.id)': the field 'definition' does not decode: \(error)")
        }
    }
}

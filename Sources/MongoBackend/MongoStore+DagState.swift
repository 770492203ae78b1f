import BSON
import Engine
import MongoDriver
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is said of a DAG beside its definition, what was current when, and pools.
extension MongoStore {
    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome {
        let collections = collections
        let isChanged = try await run("setDagState") { connection -> Bool? in
            guard let head = try connection.heads(of: [dagId], collections)[dagId]?.get() else { return nil }
            if head.state == state, head.revision == expectedRevision { return false }
            // Its own earlier sending.
            if head.state == state, head.revision == expectedRevision + 1 { return true }
            guard head.revision == expectedRevision else { return nil }
            try connection.remember([head], collections)
            var fields: Document = ["revision": .int64(expectedRevision + 1), "updatedAt": .date(Date())]
            state.append(to: &fields)
            var absent = Document()
            if !state.isPaused { absent.append("isPaused", "") }
            if state.origin == nil { absent.append("origin", "") }
            var change: Document = ["$set": .document(fields)]
            if !absent.isEmpty { change.append("$unset", .document(absent)) }
            let filter: Document = ["_id": .string(dagId), "revision": .int64(expectedRevision)]
            return try connection.updateOne(collections.dag, filter: filter, update: .document(change)).matched == 1 ? true : nil
        }
        guard let isChanged, let record = try await dag(id: dagId) else { return .conflict }
        return isChanged ? .applied(record) : .unchanged(record)
    }

    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision] {
        let collections = collections
        return try await run("revisions") { connection in
            // The past first: what is replaced meanwhile is then missing in neither, and may be in both.
            let kept = try connection.find(collections.revisions(of: dagId, limit: limit))
            let now = try connection.heads(of: [dagId], collections)[dagId]?.get().asRevision
            var found = now.map { [$0] } ?? []
            for document in kept {
                let revision = try DagHead(FieldReader(document: document, collection: collections.dagHistory.collection)).asRevision
                if revision.revision < found.last?.revision ?? .max { found.append(revision) }
            }
            return Array(found.prefix(limit))
        }
    }

    func pausedDags(limit: Int) async throws -> [String] {
        try await find("pausedDags", collections.pausedDags(limit: limit)).compactMap { $0["_id"]?.stringValue }
    }

    // MARK: Pools

    func put(_ pool: Pool) async throws {
        let namespace = collections.pool
        try await run("putPool") { connection in
            _ = try connection.replaceOne(
                namespace, filter: ["_id": .string(pool.name)], replacement: ["slots": .int64(Int64(pool.slots))], upsert: true)
        }
    }

    func removePool(_ name: String) async throws -> Bool {
        let namespace = collections.pool
        return try await run("removePool") { try $0.deleteOne(namespace, filter: ["_id": .string(name)]) == 1 }
    }

    func pools() async throws -> [Pool] {
        try await find("pools", collections.pools(limit: 10_000)).map { document in
            let fields = FieldReader(document: document, collection: collections.pool.collection)
            return Pool(name: try fields.string("_id"), slots: Int(clamping: try fields.int("slots")))
        }
    }
}

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

/// Runs that nobody owns: which wait for their start, which for a time, and how they are changed.
extension MongoStore {
    func pending(after: String?, limit: Int) async throws -> Page<DagInstance> {
        let (collections, place) = (collections, after.flatMap(Collections.QueuePlace.init))
        let documents = try await run("pending") { connection in
            if place == nil {
                // A queue that fits into a page is read as it is, and ordered here: nearly always.
                let oldest = try connection.find(collections.oldestPending(limit: limit))
                if oldest.count < limit { return oldest.map(Queued.init).sorted().map(\.document) }
            }
            var found: [Document] = []
            for part in Collections.QueuePart.allCases where found.count < limit && part.mayFollow(place) {
                let query = collections.pending(part, after: place?.priority.part == part ? place : nil, limit: limit - found.count)
                found += try connection.find(query)
            }
            return found
        }
        return page(documents, limit: limit) { Queued($0).place.text }
    }

    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance> {
        page(try await find("pendingExcept", collections.pending(except: dagIds, limit: limit)))
    }

    func activeRuns(of dagId: String, limit: Int) async throws -> [String] {
        let collections = collections
        return try await run("activeRuns") { connection in
            let owned = try connection.find(collections.owned(of: dagId, limit: limit))
            let parked = owned.count < limit ? try connection.find(collections.parked(of: dagId, limit: limit - owned.count)) : []
            return (owned + parked).compactMap { $0["_id"]?.stringValue }
        }
    }

    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        // Counted by the server: a million ids need not travel.
        let query = collections.waiting(of: dagId, limit: limit)
        let pipeline: [Document] = [
            ["$match": .document(query.filter)], ["$limit": .int64(Int64(limit))], ["$count": "waiting"],
        ]
        let counted = try await run("waitingRuns") { try $0.aggregate(query.namespace, pipeline: pipeline, limit: 2, hint: query.hint) }
        return Int(clamping: counted.first?["waiting"]?.int64Value ?? 0)
    }

    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance> {
        let place = after.flatMap(Collections.Place.init)
        return page(try await find("due", collections.due(until: time, after: place, limit: limit)), limit: limit) {
            Collections.Place.text(of: $0, at: "wakeAt")
        }
    }

    func instances(ids: [String]) async throws -> Page<DagInstance> {
        let (collections, sorted) = (collections, ids.sorted())
        let documents = try await run("instancesByID") { connection in
            var all: [Document] = []
            for start in stride(from: 0, to: sorted.count, by: Self.runPage) {
                all += try connection.find(collections.instances(Array(sorted[start..<min(start + Self.runPage, sorted.count)])))
            }
            return all
        }
        return page(documents)
    }

    /// Runs read at once: with share data of 1 MiB each they stay below what the driver takes as one result.
    private static let runPage = 200

    func amend(_ amendments: [Amendment]) async throws -> [Bool] {
        guard !amendments.isEmpty else { return [] }
        let collections = collections
        let documents = amendments.map(\.instance.document)
        let fitting = documents.indices.filter { documents[$0].tooLarge == nil }
        return try await run("amend") { connection in
            var isDone = [Bool](repeating: false, count: documents.count)
            guard !fitting.isEmpty else { return isDone }
            let operations = fitting.map { index -> WriteOperation in
                let filter: Document = [
                    "_id": .string(amendments[index].instance.id), "version": .int64(amendments[index].expected.rawValue),
                    "session": ["$exists": false],
                ]
                return .replaceOne(filter: filter, replacement: documents[index])
            }
            let result = try connection.bulk(collections.dagInstance, operations)
            if let error = result.errors.first {
                throw StoreError(
                    error.isTransient ? .unavailable : .refused, "\(collections.dagInstance): \(error.message)", outcome: .unknown)
            }
            for index in fitting { isDone[index] = true }
            guard result.matched < fitting.count else { return isDone }
            // The reply has only totals: who missed is read back. Two who amend make the same version, so only the whole document says whose it is.
            for start in stride(from: 0, to: fitting.count, by: Self.runPage) {
                let some = fitting[start..<min(start + Self.runPage, fitting.count)]
                let found = try connection.find(collections.instances(some.map { amendments[$0].instance.id }))
                let byID = Dictionary(
                    found.compactMap { one in one["_id"]?.stringValue.map { ($0, one) } }, uniquingKeysWith: { first, _ in first })
                for index in some { isDone[index] = byID[amendments[index].instance.id] == documents[index] }
            }
            return isDone
        }
    }
}

/// A document and its place among those that wait.
private struct Queued: Comparable {
    let document: Document
    let place: Collections.QueuePlace

    init(_ document: Document) {
        self.document = document
        place = Collections.QueuePlace(of: document)
    }

    static func < (left: Queued, right: Queued) -> Bool { left.place < right.place }
    static func == (left: Queued, right: Queued) -> Bool { left.place == right.place }
}

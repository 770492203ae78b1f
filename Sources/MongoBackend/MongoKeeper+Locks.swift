import BSON
import Engine
import Logging
import MongoDriver
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Locks: `LockRecord`'s changes as update pipelines, each one atomic step on one document.
extension MongoKeeper {
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        let document = try BSONEncoder().encode(owner)
        let mine: BSONValue = .document([
            "$and": .array([
                .document(["$not": .array([Self.isUnheld])]),
                .document(["$eq": .array(["$owner.id", .document(["$literal": .string(owner.id)])])]),
            ])
        ])
        let nextToken: BSONValue = .document([
            "$max": .array([
                .document(["$add": .array([.document(["$ifNull": .array(["$token", .int64(0)])]), .int64(1)])]),
                .document(["$toLong": "$$NOW"]),
            ])
        ])
        // Asking in vain changes nothing while the mark is fresh: the server writes nothing then.
        let freshMark: BSONValue = .document([
            "$gt": .array([
                .document(["$add": .array(["$wantedAt", .int64(LockRules.markFor.milliseconds)])]), "$$NOW",
            ])
        ])
        let keepsMark: BSONValue = .document(["$or": .array(["$free", "$mine", freshMark])])
        let pipeline: [Document] = [
            ["$set": ["free": Self.isUnheld, "mine": mine]],
            [
                "$set": [
                    "token": Self.when("$free", nextToken, else: "$token"), "since": Self.when("$free", "$$NOW", else: "$since"),
                    "owner": Self.when("$free", .document(["$literal": .document(document)]), else: "$owner"),
                    "wantedAt": Self.when(keepsMark, "$wantedAt", else: "$$NOW"),
                    "expiresAt": Self.when(.document(["$or": .array(["$free", "$mine"])]), Self.inTime(ttl), else: "$expiresAt"),
                ]
            ],
            ["$unset": .array(["free", "mine"])],
        ]
        let status = try status(try await upsert("acquireLock", lane: .normal, collections.mutex, id: key, pipeline, projection: Self.seen))
        return status.owner?.id == owner.id ? .acquired(token: status.token) : .held(status)
    }

    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        let namespace = collections.mutex
        let filter: Document = [
            "_id": .string(key), "owner.id": .string(owner), "token": .int64(token),
            "$expr": ["$not": .array([Self.isUnheld])],
        ]
        return try await run("renewLock", lane: .vital, evenIfCancelled: true) { connection in
            try connection.updateOne(namespace, filter: filter, update: .pipeline([["$set": ["expiresAt": Self.inTime(ttl)]]])).matched == 1
        }
    }

    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        var filter: Document = ["_id": .string(key), "owner.id": .string(owner)]
        if let token { filter.append("token", .int64(token)) }
        guard let document = try await free("releaseLock", filter, trace: nil) else { return .notHeld }
        // An answer without the server's time is that of a request which the driver sent again: it says that the lock was freed, not whether it is wanted.
        guard document["askedAt"] != nil else { return .released(isWanted: true) }
        return .released(isWanted: try status(document).isWanted)
    }

    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        func literal(_ text: String) -> BSONValue { .document(["$literal": .string(text)]) }
        let filter: Document = [
            "_id": .string(key), "token": .int64(token), "$expr": ["$not": .array([Self.isUnheld])],
        ]
        let trace: BSONValue = .document([
            "at": "$$NOW", "by": literal(author.name), "host": literal(author.host), "reason": literal(author.reason),
            "holder": "$owner.name", "token": "$token",
        ])
        return try await free("forceReleaseLock", filter, trace: trace) != nil
    }

    /// Frees a lock that matches, and says how it is then; `nil` if none does.
    private func free(_ operation: String, _ filter: Document, trace: BSONValue?) async throws -> Document? {
        let namespace = collections.mutex
        var change: Document = ["expiresAt": ["$min": .array(["$expiresAt", "$$NOW"])]]
        if let trace {
            let all: BSONValue = .document([
                "$concatArrays": .array([.document(["$ifNull": .array(["$forced", .array([])])]), .array([trace])])
            ])
            change.append("forced", .document(["$slice": .array([all, .int64(Int64(-LockRules.forcedLimit))])]))
        }
        let pipeline: [Document] = [["$set": .document(change)], ["$unset": .array(["owner", "since"])]]
        return try await run(operation, evenIfCancelled: true) { connection in
            try connection.findAndModify(namespace, filter: filter, update: .pipeline(pipeline), returnNew: true, projection: Self.seen)
                .value
        }
    }

    func locks() async throws -> [LockStatus] {
        let namespace = collections.mutex
        let pipeline: [Document] = [
            [
                "$match": [
                    "$or": .array([
                        .document(["$expr": ["$not": .array([Self.isUnheld])]]), .document(["forced.0": ["$exists": true]]),
                    ])
                ]
            ],
            ["$set": ["askedAt": "$$NOW", "free": Self.isUnheld]], ["$sort": ["free": 1, "_id": 1]], ["$limit": 10_000],
        ]
        let documents = try await run("locks") { try $0.aggregate(namespace, pipeline: pipeline, limit: 10_000) }
        return documents.compactMap { document in
            do { return try status(document) } catch {
                logger.error("a lock's document does not decode and is left out", metadata: ["problem": "\(error)"])
                return nil
            }
        }
    }

    /// Whether nobody holds the lock: it has no owner, or the owner's time has run out.
    private static let isUnheld: BSONValue = .document([
        "$or": .array([
            .document(["$eq": .array([.document(["$type": "$owner"]), "missing"])]), isExpired,
        ])
    ])

    /// A lock's fields, and the server's time at which they were looked at.
    private static let seen: Document = [
        "token": 1, "owner": 1, "since": 1, "expiresAt": 1, "wantedAt": 1, "forced": 1, "askedAt": "$$NOW",
    ]

    /// A document as the server's clock saw it when it was asked.
    private func status(_ document: Document) throws -> LockStatus {
        let fields = FieldReader(document: document, collection: collections.mutex.collection)
        // To a request that the driver has sent again the server answers with what it kept of the first answer, without what the projection computes. Whoever asks once more is told all.
        guard document["askedAt"] != nil else {
            throw StoreError(.unavailable, "the answer about the lock '\(fields.id)' was lost and came again incomplete", outcome: .unknown)
        }
        return try LockRecord(fields).status(at: try fields.date("askedAt"))
    }
}

extension LockRecord {
    init(_ fields: FieldReader) throws(StoreError) {
        let owner: LockOwner? = try fields.optional("owner", "a lock's owner") { value in
            value.documentValue.flatMap { try? BSONDecoder().decode(LockOwner.self, from: $0) }
        }
        var forced: [ForcedRelease] = []
        for trace in try fields.documents("forced") { forced.append(try ForcedRelease(trace)) }
        self.init(
            key: try fields.string("_id"), token: try fields.int("token"), owner: owner, since: try fields.optionalDate("since"),
            expiresAt: try fields.date("expiresAt"), wantedAt: try fields.optionalDate("wantedAt"), forced: forced)
    }
}

extension ForcedRelease {
    init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            at: try fields.date("at"), by: try fields.string("by"), host: try fields.string("host"), reason: try fields.string("reason"),
            holder: try fields.string("holder"), token: try fields.int("token"))
    }
}

import BSON
import Engine
import Logging
import MongoDriver
import Records

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keeper on MongoDB. Every expiry is written and judged with `$$NOW`, the server's clock, in update pipelines on `_id`: MongoDB refuses `$expr` in an upsert's filter, so the
/// conditions stand in the fields.
struct MongoKeeper: Keeper {
    let client: MongoClient
    let collections: Collections
    let logger: Logger
    let localMutexes = LocalMutexes()
    let outbox = HintOutbox()

    /// - Parameter lane: `.vital` for what extends or takes a lease: those have threads of their own, so that no slow query costs one.
    func run<R: Sendable>(
        _ operation: String, lane: Lane = .normal, evenIfCancelled: Bool = false,
        _ body: @escaping @Sendable (borrowing Connection) throws -> R
    ) async throws -> R {
        try await StoreError.translating { try await client.run(operation, lane: lane, evenIfCancelled: evenIfCancelled, body) }
    }

    static func inTime(_ ttl: Duration) -> BSONValue { .document(["$add": ["$$NOW", .int64(ttl.milliseconds)]]) }

    static func when(_ condition: BSONValue, _ then: BSONValue, else other: BSONValue) -> BSONValue {
        .document(["$cond": .array([condition, then, other])])
    }

    /// Whether an expiry has passed; one that is missing has.
    static let isExpired: BSONValue = .document([
        "$lte": .array([.document(["$ifNull": .array(["$expiresAt", .date(Date(timeIntervalSince1970: 0))])]), "$$NOW"])
    ])

    private static let secondsLeft: BSONValue = .document([
        "$divide": .array([.document(["$subtract": .array(["$expiresAt", "$$NOW"])]), 1000])
    ])

    // MARK: Node sessions

    func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        let mine: BSONValue = .document(["$literal": .string(session)])
        let description = try BSONEncoder().encode(node)
        // A session takes a place once: the same join that arrives again extends it while it is alive, and never brings it back.
        let isMine: BSONValue = .document(["$eq": .array(["$session", mine])])
        let isGone: BSONValue = .document([
            "$or": .array([.document(["$ne": .array([.document(["$ifNull": .array(["$alive", false])]), true])]), Self.isExpired])
        ])
        // A missing field is not equal to null: what nobody ever had compares as null here.
        let last: BSONValue = .document(["$literal": previous.map { .string($0) } ?? .null])
        let isSeen: BSONValue = .document(["$eq": .array([.document(["$ifNull": .array(["$session", .null])]), last])])
        let isFree: BSONValue = .document(["$and": .array([isSeen, .document(["$not": .array([isMine])]), isGone])])
        let extends: BSONValue = .document(["$and": .array([isMine, .document(["$eq": .array(["$alive", true])])])])
        let pipeline: [Document] = [
            ["$set": ["free": isFree, "extended": extends]],
            [
                "$set": [
                    "session": Self.when("$free", mine, else: "$session"), "alive": Self.when("$free", true, else: "$alive"),
                    "draining": Self.when("$free", false, else: "$draining"),
                    "expiresAt": Self.when(.document(["$or": .array(["$free", "$extended"])]), Self.inTime(ttl), else: "$expiresAt"),
                    "joinedAt": Self.when("$free", "$$NOW", else: "$joinedAt"), "askedAt": "$$NOW",
                    "node": Self.when("$free", .document(["$literal": .document(description)]), else: "$node"),
                ]
            ],
            ["$unset": .array(["free", "extended"])],
        ]
        let found = try await upsert("join", collections.heartbeat, id: node.key, pipeline)
        let fields = FieldReader(document: found, collection: collections.heartbeat.collection)
        if try fields.string("session") == session {
            guard try fields.required("alive", "a boolean", { $0.boolValue }) else { return .ended }
            return .joined(serverTime: try fields.date("expiresAt").addingTimeInterval(-ttl.inSeconds))
        }
        return .taken(by: try NodeStatus(holder: fields))
    }

    func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? {
        let namespace = collections.heartbeat
        let filter: Document = ["_id": .string(key), "session": .string(session), "alive": true]
        let renewed = try await run("renew", lane: .vital) { connection in
            try connection.findAndModify(
                namespace, filter: filter, update: .pipeline([["$set": ["expiresAt": Self.inTime(ttl)]]]), returnNew: true,
                projection: ["expiresAt": 1, "draining": 1]
            ).value
        }
        guard let renewed else { return nil }
        let fields = FieldReader(document: renewed, collection: namespace.collection)
        return Renewal(
            serverTime: try fields.date("expiresAt").addingTimeInterval(-ttl.inSeconds),
            isDraining: try fields.optional("draining", "a boolean") { $0.boolValue } ?? false)
    }

    func drain(key: String, session: String) async throws -> Bool { try await setFields("drain", key, session, ["draining": true]) }

    func resume(key: String, session: String) async throws -> Bool { try await setFields("resume", key, session, ["draining": false]) }

    func leave(key: String, session: String) async throws { _ = try await setFields("leave", key, session, ["alive": false]) }

    private func setFields(_ operation: String, _ key: String, _ session: String, _ fields: Document) async throws -> Bool {
        let namespace = collections.heartbeat
        return try await run(operation) { connection in
            let filter: Document = ["_id": .string(key), "session": .string(session), "alive": true]
            return try connection.updateOne(namespace, filter: filter, update: .document(["$set": .document(fields)])).matched == 1
        }
    }

    func declareDead(key: String, session: String) async throws -> Bool {
        let namespace = collections.heartbeat
        let filter: Document = ["_id": .string(key), "session": .string(session), "alive": true, "$expr": Self.isExpired]
        return try await run("declareDead") { connection in
            try connection.updateOne(namespace, filter: filter, update: .document(["$set": ["alive": false]])).matched == 1
        }
    }

    func nodes() async throws -> [NodeStatus] {
        let namespace = collections.heartbeat
        let pipeline: [Document] = [
            // The living first: names of the dead must not push them out.
            ["$sort": ["alive": -1, "_id": 1]], ["$limit": 10_000], ["$set": ["secondsLeft": Self.secondsLeft]],
        ]
        let documents = try await run("nodes") { try $0.aggregate(namespace, pipeline: pipeline, limit: 10_000) }
        return documents.compactMap { document in
            do { return try NodeStatus(FieldReader(document: document, collection: namespace.collection)) } catch {
                logger.error("a node's document does not decode and is left out", metadata: ["problem": "\(error)"])
                return nil
            }
        }
    }

    // MARK: The leader's lease

    private static let leaderID = "leader"

    func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        let mine: BSONValue = .document(["$literal": .string(session)])
        let pipeline: [Document] = [
            ["$set": ["held": ["$eq": .array(["$session", mine])], "free": Self.isExpired]],
            [
                "$set": [
                    "term": Self.when(
                        .document(["$and": .array([.document(["$not": .array(["$held"])]), "$free"])]),
                        .document(["$add": .array([.document(["$ifNull": .array(["$term", .int64(0)])]), .int64(1)])]), else: "$term"),
                    "free": .document(["$or": .array(["$held", "$free"])]),
                ]
            ],
            [
                "$set": [
                    "session": Self.when("$free", mine, else: "$session"),
                    "key": Self.when("$free", .document(["$literal": .string(key)]), else: "$key"),
                    "expiresAt": Self.when("$free", Self.inTime(ttl), else: "$expiresAt"), "askedAt": "$$NOW",
                ]
            ],
            ["$unset": .array(["held", "free"])],
        ]
        return try leadership(try await upsert("campaign", collections.election, id: Self.leaderID, pipeline))
    }

    private func leadership(_ document: Document) throws -> Leadership {
        let fields = FieldReader(document: document, collection: collections.election.collection)
        return Leadership(
            key: try fields.string("key"), session: try fields.string("session"), term: try fields.int("term"),
            secondsLeft: try fields.date("expiresAt").timeIntervalSince(try fields.date("askedAt")))
    }

    func resign(session: String, term: Int64) async throws {
        let namespace = collections.election
        let filter: Document = ["_id": .string(Self.leaderID), "session": .string(session), "term": .int64(term)]
        try await run("resign") { connection in
            _ = try connection.updateOne(namespace, filter: filter, update: .pipeline([["$set": ["expiresAt": "$$NOW"]]]))
        }
    }

    func leader() async throws -> Leadership? {
        let namespace = collections.election
        let pipeline: [Document] = [["$match": ["_id": .string(Self.leaderID)]], ["$set": ["askedAt": "$$NOW"]]]
        // Room for one more than there is, or the cursor would stay open for another request.
        guard let found = try await run("leader", lane: .vital, { try $0.aggregate(namespace, pipeline: pipeline, limit: 2).first }) else {
            return nil
        }
        let leadership = try leadership(found)
        return leadership.secondsLeft > 0 ? leadership : nil
    }

    /// One upsert on `_id`; two that insert at once are told apart by the duplicate key, and the loser looks again.
    func upsert(
        _ operation: String, lane: Lane = .vital, _ namespace: Namespace, id: String, _ pipeline: [Document], projection: Document? = nil
    ) async throws -> Document {
        try await run(operation, lane: lane) { connection in
            for _ in 0..<3 {
                do {
                    let result = try connection.findAndModify(
                        namespace, filter: ["_id": .string(id)], update: .pipeline(pipeline), upsert: true, returnNew: true,
                        projection: projection)
                    if let document = result.value { return document }
                } catch let error as MongoError where error.isDuplicateKey { continue }
            }
            throw StoreError(.unavailable, "\(namespace) '\(id)' is being created by others all the time; try again")
        }
    }
}

extension NodeStatus {
    /// Whoever has a place, as the answer to a join says; what is missing counts as gone, so that nothing keeps a key for ever.
    fileprivate init(holder fields: FieldReader) throws(StoreError) {
        let expiry = try fields.optionalDate("expiresAt") ?? Date(timeIntervalSince1970: 0)
        let described = fields.document["node"]?.documentValue.flatMap { try? BSONDecoder().decode(NodeDescription.self, from: $0) }
        let key = try fields.string("_id")
        let node = described ?? NodeDescription(key: key, actions: [], flows: [], capacity: 0, host: "?", pid: 0)
        self.init(
            node: node, session: try fields.string("session"), isAlive: try fields.optional("alive", "a boolean") { $0.boolValue } ?? false,
            isDraining: false, secondsLeft: expiry.timeIntervalSince(try fields.date("askedAt")),
            joinedAt: try fields.optionalDate("joinedAt") ?? Date(timeIntervalSince1970: 0))
    }

    init(_ fields: FieldReader) throws(StoreError) {
        // Whether a node lives is judged without its description: one that another release wrote must not cost a live node its runs. It takes no work then.
        let described = fields.document["node"]?.documentValue.flatMap { try? BSONDecoder().decode(NodeDescription.self, from: $0) }
        let key = try fields.string("_id")
        let node = described ?? NodeDescription(key: key, actions: [], flows: [], capacity: 0, host: "?", pid: 0)
        self.init(
            node: node, session: try fields.string("session"), isAlive: try fields.required("alive", "a boolean") { $0.boolValue },
            isDraining: try fields.optional("draining", "a boolean") { $0.boolValue } ?? false,
            secondsLeft: try fields.required("secondsLeft", "a number") { $0.doubleValue }, joinedAt: try fields.date("joinedAt"))
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

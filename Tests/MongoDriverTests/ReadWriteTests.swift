import BSON
import Foundation
import MongoDriver
import Testing

@Suite("Verbs")
struct ReadWriteTests {
    @Test("find returns what matches, sorted, cut and projected")
    func find() async throws {
        try await withDatabase("find") { client, things in
            let found = try await client.run("find") { connection in
                let inserts = (0..<20).map { WriteOperation.insert(["_id": .int32($0), "even": .bool($0 % 2 == 0), "text": "t"]) }
                _ = try connection.bulk(things, inserts)
                return try connection.find(
                    things, filter: ["even": true], sort: ["_id": -1], projection: ["even": 1], skip: 1, limit: 3, batchSize: 2)
            }
            #expect(found == [["_id": 16, "even": true], ["_id": 14, "even": true], ["_id": 12, "even": true]])
            let all = try await client.run("find") { try $0.find(things, limit: 1_000) }
            #expect(all.count == 20)
            let missing = try await client.run("find") { try $0.findOne(things, filter: ["_id": "none"]) }
            #expect(missing == nil)
        }
    }

    @Test("find refuses a limit that would mean all")
    func limit() async throws {
        try await withDatabase("limit") { client, things in
            for limit in [0, -1] {
                let error = try await mongoError { _ = try await client.run("find") { try $0.find(things, limit: limit) } }
                #expect(error.kind == .invalidArgument)
                #expect(error.isBug)
            }
        }
    }

    @Test("a result with more bytes than allowed is an error, not a dead process")
    func tooLarge() async throws {
        try await withDatabase("large", { $0.maximumResultBytes = 16 << 20 }) { client, things in
            let text = BSONValue.string(String(repeating: "x", count: 6_000_000))
            try await client.run("insert") { connection in
                for id in 0..<3 { try connection.insertOne(things, ["_id": .int64(Int64(id)), "text": text]) }
            }
            let error = try await mongoError { _ = try await client.run("find") { try $0.find(things, limit: 10) } }
            #expect(error.kind == .tooLarge)
            #expect(try await client.run("find") { try $0.find(things, limit: 2) }.count == 2)
        }
    }

    @Test("insertOne tells a duplicate key from other errors")
    func insert() async throws {
        try await withDatabase("insert") { client, things in
            try await client.run("insert") { try $0.insertOne(things, ["_id": 1]) }
            let error = try await mongoError { try await client.run("submit") { try $0.insertOne(things, ["_id": 1]) } }
            #expect(error.isDuplicateKey)
            #expect(error.outcome == .notApplied)
            #expect(!error.isTransient)
            #expect(error.operation == "submit: insert")
            #expect(error.namespace == things)
        }
    }

    @Test("updates say how many matched and changed")
    func updates() async throws {
        try await withDatabase("updates") { client, things in
            try await client.run("updates") { connection in
                for id in 0..<4 { try connection.insertOne(things, ["_id": .int32(Int32(id)), "n": 0]) }
                let one = try connection.updateOne(things, filter: ["_id": 0], update: .document(["$set": ["n": 1]]))
                #expect(one.matched == 1 && one.modified == 1 && one.upsertedID == nil)
                let same = try connection.updateOne(things, filter: ["_id": 0], update: .document(["$set": ["n": 1]]))
                #expect(same.matched == 1 && same.modified == 0)
                let none = try connection.updateOne(things, filter: ["_id": 9], update: .document(["$set": ["n": 1]]))
                #expect(none.matched == 0)
                let many = try connection.updateMany(things, filter: ["n": 0], update: .document(["$inc": ["n": 5]]))
                #expect(many.modified == 3)
                let new = try connection.updateOne(things, filter: ["_id": 9], update: .document(["$set": ["n": 1]]), upsert: true)
                #expect(new.matched == 0 && new.upsertedID == 9)
                let replaced = try connection.replaceOne(things, filter: ["_id": 9], replacement: ["m": 2])
                #expect(replaced.modified == 1)
                #expect(try connection.findOne(things, filter: ["_id": 9]) == ["_id": 9, "m": 2])
                #expect(try connection.deleteOne(things, filter: ["_id": 9]) == 1)
                #expect(try connection.deleteMany(things, filter: ["n": 5]) == 3)
                #expect(try connection.deleteMany(things, filter: ["n": 5]) == 0)
            }
        }
    }

    @Test("an update without operators is refused, since it would replace the document")
    func updateGuard() async throws {
        try await withDatabase("guard") { client, things in
            for update in [UpdateSpec.document(["n": 1]), .document([:]), .pipeline([]), .pipeline([["n": 1]])] {
                let error = try await mongoError { _ = try await client.run("u") { try $0.updateOne(things, filter: [:], update: update) } }
                #expect(error.kind == .invalidArgument)
            }
            let error = try await mongoError {
                _ = try await client.run("r") { try $0.replaceOne(things, filter: [:], replacement: ["$set": [:]]) }
            }
            #expect(error.kind == .invalidArgument)
        }
    }

    @Test("a name that C would cut short is refused")
    func namespaces() async throws {
        try await withDatabase("names") { client, things in
            for name in ["", "a\u{0}b"] {
                let error = try await mongoError {
                    _ = try await client.run("find") { try $0.findOne(Namespace(things.database, name), filter: [:]) }
                }
                #expect(error.kind == .invalidArgument)
            }
        }
    }

    @Test("findAndModify returns the document before or after, upserts and removes")
    func findAndModify() async throws {
        try await withDatabase("fam") { client, things in
            try await client.run("fam") { connection in
                try connection.insertOne(things, ["_id": 1, "n": 1, "list": [1, 5, 9]])
                let before = try connection.findAndModify(things, filter: ["_id": 1], update: .document(["$inc": ["n": 1]]))
                #expect(before.value?["n"] == 1)
                #expect(before.matched)
                let after = try connection.findAndModify(
                    things, filter: ["_id": 1], update: .document(["$set": ["list.$[big]": 0]]), returnNew: true, projection: ["list": 1],
                    arrayFilters: [["big": ["$gt": 4]]])
                #expect(after.value == ["_id": 1, "list": [1, 0, 0]])
                let missed = try connection.findAndModify(things, filter: ["_id": 2], update: .document(["$inc": ["n": 1]]))
                #expect(missed.value == nil && missed.upsertedID == nil && !missed.matched)
                let upserted = try connection.findAndModify(
                    things, filter: ["_id": 2], update: .document(["$set": ["n": 7]]), upsert: true, returnNew: true)
                #expect(upserted.value == ["_id": 2, "n": 7] && upserted.upsertedID == 2 && !upserted.matched)
                let sorted = try connection.findAndModify(
                    things, filter: [:], update: .replacement(["n": 100]), sort: ["n": -1], returnNew: true)
                #expect(sorted.value == ["_id": 2, "n": 100])
                let removed = try connection.findAndModify(things, filter: ["_id": 2], update: .remove)
                #expect(removed.value == ["_id": 2, "n": 100])
                #expect(try connection.findOne(things, filter: ["_id": 2]) == nil)
            }
        }
    }

    @Test("a lease can be taken with server time in one upsert with conditional fields")
    func conditionalUpsert() async throws {
        try await withDatabase("lease") { client, things in
            @Sendable func take(_ holder: String, milliseconds: Int32) async throws -> Document? {
                try await client.run("take", lane: .vital) { connection in
                    let isFree: BSONValue = ["$lte": [["$ifNull": ["$expires", .date(BSONDate(milliseconds: 0))]], "$$NOW"]]
                    let result = try connection.findAndModify(
                        things, filter: ["_id": "leader"],
                        update: .pipeline([
                            ["$set": ["isFree": isFree]],
                            [
                                "$set": [
                                    "holder": ["$cond": ["$isFree", .string(holder), "$holder"]],
                                    "term": ["$cond": ["$isFree", ["$add": [["$ifNull": ["$term", 0]], 1]], "$term"]],
                                    "expires": ["$cond": ["$isFree", ["$add": ["$$NOW", .int32(milliseconds)]], "$expires"]],
                                ]
                            ],
                            ["$unset": "isFree"],
                        ]), upsert: true, returnNew: true)
                    return result.value
                }
            }
            let first = try await take("a", milliseconds: 60_000)
            #expect(first?["holder"] == "a")
            #expect(first?["term"]?.int64Value == 1)
            let second = try await take("b", milliseconds: 60_000)
            #expect(second?["holder"] == "a")
            let now = try await client.run("time") { try $0.serverTime() }
            let expires = try #require(first?["expires"]?.dateValue)
            #expect((0..<61).contains(expires.timeIntervalSince(now.date)))
        }
    }

    @Test("aggregate is bounded, and may write")
    func aggregate() async throws {
        try await withDatabase("aggregate") { client, things in
            try await client.run("aggregate") { connection in
                _ = try connection.bulk(things, (0..<50).map { .insert(["_id": .int32($0), "group": .int32($0 % 5)]) })
                let groups = try connection.aggregate(
                    things, pipeline: [["$group": ["_id": "$group", "count": ["$sum": 1]]], ["$sort": ["_id": 1]]], limit: 2)
                #expect(groups == [["_id": 0, "count": 10], ["_id": 1, "count": 10]])
                let copy = Namespace(things.database, "copy")
                #expect(try connection.aggregate(things, pipeline: [["$out": .string(copy.collection)]], limit: 1).isEmpty)
                #expect(try connection.find(copy, limit: 100).count == 50)
            }
        }
    }

    @Test("indexes and collections can be made twice, and a query's plan shows the index")
    func indexes() async throws {
        try await withDatabase("indexes") { client, things in
            let indexes = [
                IndexSpec(keys: ["status": 1, "at": 1], name: "waiting", partialFilter: ["status": "init"]),
                IndexSpec(keys: ["key": 1], name: "key", unique: true, partialFilter: ["key": ["$exists": true]]),
                IndexSpec(keys: ["at": 1], name: "old", expireAfterSeconds: 3_600),
            ]
            try await client.run("indexes") { connection in
                for _ in 0..<2 { try connection.createIndexes(things, indexes) }
                let plan = try connection.explain(find: things, filter: ["status": "init"], sort: ["at": 1], limit: 5)
                #expect(plan.description.contains("IXSCAN"))
                #expect(plan.description.contains("waiting"))
                try connection.insertOne(things, ["_id": 1, "key": "k"])
                try connection.insertOne(things, ["_id": 2])
                try connection.insertOne(things, ["_id": 3])
                let capped = Namespace(things.database, "capped")
                for _ in 0..<2 { try connection.createCollection(capped, capped: Cap(bytes: 4_096, documents: 3)) }
                for _ in 0..<2 { try connection.createCollection(things) }
                for id in 0..<9 { try connection.insertOne(capped, ["_id": .int32(Int32(id))]) }
                #expect(try connection.find(capped, limit: 10).compactMap { $0["_id"]?.int64Value } == [6, 7, 8])
            }
            let duplicate = try await mongoError { try await client.run("i") { try $0.insertOne(things, ["_id": 4, "key": "k"]) } }
            #expect(duplicate.isDuplicateKey)
            let changed = try await mongoError {
                try await client.run("i") { try $0.createIndexes(things, [IndexSpec(keys: ["other": 1], name: "waiting")]) }
            }
            #expect(changed.message.contains("waiting"))
            let uncapped = try await mongoError { try await client.run("c") { try $0.createCollection(things, capped: Cap(bytes: 4_096)) } }
            #expect(uncapped.message.contains("not capped"))
        }
    }

    @Test("all types come back from the server as they were sent")
    func types() async throws {
        try await withDatabase("types") { client, things in
            let document: Document = [
                "_id": 1, "double": .double(.nan), "deep": ["": ["$odd.key": [[], [:]]]], "binary": .binary(subtype: 5, bytes: [0, 255]),
                "date": .date(BSONDate(milliseconds: -5)), "regex": .regex(pattern: "a", options: "i"), "long": .int64(1), "min": .minKey,
                "text": "zero\u{0}byte", "null": nil,
            ]
            let read = try await client.run("types") { connection in
                try connection.insertOne(things, document)
                return try connection.findOne(things, filter: ["_id": 1])
            }
            #expect(read == document)
        }
    }
}

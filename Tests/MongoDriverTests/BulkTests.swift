import BSON
import MongoDriver
import Testing

@Suite("A bulk")
struct BulkTests {
    @Test("mixes all kinds of writes and counts them")
    func mixed() async throws {
        try await withDatabase("mixed") { client, things in
            let result = try await client.run("bulk") { connection in
                _ = try connection.bulk(things, (0..<6).map { .insert(["_id": .int32($0)]) })
                return try connection.bulk(
                    things,
                    [
                        .deleteOne(filter: ["_id": 0]), .insert(["_id": 10]),
                        .updateOne(filter: ["_id": 1], update: .document(["$set": ["n": 1]])),
                        .replaceOne(filter: ["_id": 2], replacement: ["n": 2]),
                        .updateOne(filter: ["_id": 11], update: .pipeline([["$set": ["at": "$$NOW"]]]), upsert: true),
                        .updateMany(filter: ["_id": ["$in": [3, 4]]], update: .document(["$set": ["n": 3]])),
                        .deleteMany(filter: ["_id": ["$in": [5, 99]]]),
                    ])
            }
            #expect(result.inserted == 1)
            #expect(result.matched == 4)
            #expect(result.modified == 4)
            #expect(result.deleted == 2)
            #expect(result.upserted.map(\.index) == [4])
            #expect(result.upserted.map(\.id) == [11])
            #expect(result.errors.isEmpty)
        }
    }

    @Test("does what it can when single writes are refused, and says which were")
    func recordErrors() async throws {
        try await withDatabase("errors") { client, things in
            let result = try await client.run("bulk") { connection in
                try connection.insertOne(things, ["_id": 1, "text": "t"])
                return try connection.bulk(
                    things,
                    [
                        .updateOne(filter: ["_id": 1], update: .document(["$inc": ["text": 1]])), .insert(["_id": 1]), .insert(["_id": 2]),
                        .insert(["_id": 2]), .updateOne(filter: ["_id": 1], update: .document(["$set": ["ok": true]])),
                    ])
            }
            #expect(result.inserted == 1)
            #expect(result.matched == 1)
            #expect(result.errors.map(\.index) == [0, 1, 3])
            #expect(result.errors.map(\.isDuplicateKey) == [false, true, true])
            #expect(result.errors.allSatisfy { $0.outcome == .notApplied && !$0.message.isEmpty })
        }
    }

    @Test("that is ordered stops at the first refusal")
    func ordered() async throws {
        try await withDatabase("ordered") { client, things in
            let result = try await client.run("bulk") { connection in
                try connection.bulk(
                    things,
                    [
                        .insert(["_id": 1]), .updateOne(filter: ["_id": 1], update: .document(["$set": ["n": 1]])), .insert(["_id": 1]),
                        .insert(["_id": 3]),
                    ],
                    ordered: true)
            }
            #expect(result.inserted == 1)
            #expect(result.modified == 1)
            #expect(result.errors.map(\.index) == [2])
            #expect(try await client.run("find") { try $0.findOne(things, filter: ["_id": 3]) } == nil)
        }
    }

    @Test("of many thousand writes keeps their indexes")
    func large() async throws {
        try await withDatabase("large") { client, things in
            let count = 25_000
            let result = try await client.run("bulk") { connection in
                try connection.insertOne(things, ["_id": 24_321])
                return try connection.bulk(things, (0..<count).map { .insert(["_id": .int32(Int32($0))]) })
            }
            #expect(result.inserted == count - 1)
            #expect(result.errors.map(\.index) == [24_321])
        }
    }

    @Test("without operations does nothing")
    func empty() async throws {
        try await withDatabase("empty") { client, things in
            let result = try await client.run("bulk") { try $0.bulk(things, []) }
            #expect(result.matched == 0 && result.errors.isEmpty)
        }
    }

    @Test("of fenced updates says of each whether it was applied, fenced, missing or refused")
    func fenced() async throws {
        try await withDatabase("fenced") { client, things in
            @Sendable func update(_ id: Int32, to version: Int64, _ change: BSONValue = ["x": 1]) -> FencedUpdate {
                FencedUpdate(
                    id: .int32(id), filter: ["_id": .int32(id), "version": ["$lt": .int64(version)]],
                    update: .document(["$set": ["version": .int64(version)], "$inc": change]),
                    isApplied: { $0["version"] == .int64(version) })
            }
            let (first, second, again) = try await client.run("fenced") { connection in
                for id in 1...4 { try connection.insertOne(things, ["_id": .int32(Int32(id)), "version": .int64(5), "text": "t"]) }
                let first = try connection.bulkUpdates(things, [update(1, to: 6), update(2, to: 6)])
                let second = try connection.bulkUpdates(
                    things, [update(1, to: 7), update(2, to: 3), update(9, to: 7), update(3, to: 7, ["text": 1]), update(4, to: 7)])
                return (first, second, try connection.bulkUpdates(things, [update(1, to: 7), update(4, to: 7)]))
            }
            #expect(first == [.applied, .applied])
            #expect(second[0] == .applied)
            #expect(second[1] == .fenced(current: ["_id": 2, "version": .int64(6), "text": "t", "x": 1]))
            #expect(second[2] == .fenced(current: nil))
            guard case .failed(let error) = second[3] else {
                Issue.record("expected a refusal, got \(second[3])")
                return
            }
            #expect(error.index == 3)
            #expect(second[4] == .applied)
            #expect(again == [.applied, .applied], "a repeat is recognised as applied")
            let document = try await client.run("find") { try $0.findOne(things, filter: ["_id": 1]) }
            #expect(document?["x"] == 2, "and is not applied twice")
        }
    }
}

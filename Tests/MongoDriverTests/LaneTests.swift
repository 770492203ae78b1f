import BSON
import MongoDriver
import Testing

@Suite("Lanes")
struct LaneTests {
    @Test("the vital lane is served while every normal thread is busy")
    func vital() async throws {
        try await withDatabase("vital", { $0.normalThreads = 2 }) { client, things in
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await client.run("slow") { _ in gate.block() } } }
                await gate.waitUntilBlocked(2)
                try await client.run("renew", lane: .vital) { try $0.insertOne(things, ["_id": 1]) }
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test("a full queue refuses at once")
    func overloaded() async throws {
        try await withDatabase(
            "overloaded",
            {
                $0.normalThreads = 1
                $0.queueLimit = 2
            }
        ) { client, _ in
            let gate = Gate()
            let refused = try await withThrowingTaskGroup(of: MongoError?.self) { group in
                group.addTask {
                    try await client.run("slow") { _ in gate.block() }
                    return nil
                }
                await gate.waitUntilBlocked()
                for _ in 0..<5 {
                    group.addTask {
                        do {
                            try await client.run("next") { _ in }
                            return nil
                        } catch let error as MongoError {
                            return error
                        }
                    }
                }
                var refused: [MongoError] = []
                while refused.count < 3, let answer = try await group.next() {
                    if let answer { refused.append(answer) }
                }
                gate.open()
                for try await answer in group { #expect(answer == nil) }
                return refused
            }
            #expect(refused.map(\.kind) == [.overloaded, .overloaded, .overloaded])
            #expect(refused.allSatisfy { $0.isTransient && $0.outcome == .notApplied && $0.message.contains("queueLimit") })
        }
    }

    @Test("work that is cancelled before it began never begins")
    func cancelledInQueue() async throws {
        try await withDatabase("cancelled", { $0.normalThreads = 1 }) { client, things in
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run("slow") { _ in gate.block() } }
                await gate.waitUntilBlocked()
                let waiting = Task { try await client.run("insert") { try $0.insertOne(things, ["_id": 1]) } }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                gate.open()
                try await group.waitForAll()
            }
            #expect(try await client.run("find") { try $0.findOne(things, filter: ["_id": 1]) } == nil)
        }
    }

    @Test("work that has begun runs to its end although it is cancelled")
    func cancelledAtWork() async throws {
        try await withDatabase("begun") { client, things in
            let gate = Gate()
            let working = Task {
                try await client.run("insert") { connection in
                    gate.block()
                    try connection.insertOne(things, ["_id": 1])
                }
            }
            await gate.waitUntilBlocked()
            working.cancel()
            gate.open()
            try await working.value
            #expect(try await client.run("find") { try $0.findOne(things, filter: ["_id": 1]) } != nil)
        }
    }

    @Test("a closed client refuses, after what had begun has ended")
    func closed() async throws {
        let client = try MongoClient(TestServer.configuration())
        let gate = Gate()
        async let answer = client.run("slow") { connection in
            gate.block()
            return try connection.serverTime()
        }
        await gate.waitUntilBlocked()
        async let closing: Void = client.close()
        gate.open()
        #expect(try await answer.milliseconds > 0)
        await closing
        let error = try await mongoError { try await client.run("late") { _ in } }
        #expect(error.kind == .closed)
        #expect(!error.isTransient)
        await client.close()
    }

    @Test("an error of the body comes out as it is")
    func foreignError() async throws {
        struct Own: Error, Equatable {}
        try await withDatabase("own") { client, _ in
            await #expect(throws: Own()) { try await client.run("own") { _ in throw Own() } }
        }
    }

    @Test("hundreds of operations at once all get their turn")
    func many() async throws {
        try await withDatabase("many") { client, things in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<500 {
                    group.addTask {
                        try await client.run("insert", lane: id % 5 == 0 ? .vital : .normal) {
                            try $0.insertOne(things, ["_id": .int32(Int32(id))])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.run("find") { try $0.find(things, limit: 1_000) }.count == 500)
        }
    }
}

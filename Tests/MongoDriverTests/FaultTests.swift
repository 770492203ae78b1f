import BSON
import MongoDriver
import Synchronization
import TestSupport
import Testing

/// Faults that the server makes up on request. A server has one such fail point, so whoever uses it takes turns.
@Suite("Faults", .serialized)
struct FaultTests {
    /// A client whose commands fail on request, and one that is not affected.
    private struct Bench: Sendable {
        let faulty: MongoClient
        let healthy: MongoClient

        /// Lets commands of the faulty client fail while `body` runs.
        func failing(_ commands: [String], times: Int = 1, _ fault: Document, _ body: () async throws -> Void) async throws {
            try await Turn.failCommand.take {
                var data: Document = ["failCommands": .array(commands.map(BSONValue.string)), "appName": "faults"]
                for (key, value) in fault { data.append(key, value) }
                try await configure(["configureFailPoint": "failCommand", "mode": ["times": .int32(Int32(times))], "data": .document(data)])
                let result: Result<Void, any Error>
                do { result = .success(try await body()) } catch { result = .failure(error) }
                try await configure(["configureFailPoint": "failCommand", "mode": "off"])
                try result.get()
            }
        }

        private func configure(_ command: Document) async throws {
            _ = try await healthy.run("fail point") { try $0.command("admin", command) }
        }
    }

    private func withBench(_ body: (Bench, Namespace) async throws -> Void) async throws {
        try await withDatabase("faults") { healthy, things in
            try await healthy.run("create") { try $0.createCollection(things) }
            // After an error that looks like a fail-over libmongoc waits for its next heartbeat; a short one keeps the tests short.
            var configuration = MongoConfiguration(url: try TestServer.url() + "&heartbeatFrequencyMS=500")
            configuration.applicationName = "faults"
            configuration.normalThreads = 1
            // What fails is the next wait for hints, so it must not be far.
            configuration.streamWait = .milliseconds(500)
            let faulty = try MongoClient(configuration)
            let result: Result<Void, any Error>
            do { result = .success(try await body(Bench(faulty: faulty, healthy: healthy), things)) } catch { result = .failure(error) }
            await faulty.close()
            try result.get()
        }
    }

    @Test("driver risk, retryable writes: a connection that breaks once is not noticed, by reads or writes")
    func retried() async throws {
        try await withBench { bench, things in
            for command in ["update", "findAndModify", "find"] {
                try await bench.failing([command], ["closeConnection": true]) {
                    try await bench.faulty.run("retry") { connection in
                        try connection.insertOne(things, ["_id": .string(command), "n": 0])
                        _ = try connection.updateOne(things, filter: ["_id": .string(command)], update: .document(["$inc": ["n": 1]]))
                        _ = try connection.findAndModify(things, filter: ["_id": .string(command)], update: .document(["$inc": ["n": 1]]))
                        #expect(try connection.findOne(things, filter: ["_id": .string(command)])?["n"] == 2)
                        #expect(try connection.aggregate(things, pipeline: [["$match": ["_id": .string(command)]]], limit: 1).count == 1)
                        try connection.deleteOne(things, filter: ["_id": .string(command)])
                    }
                }
            }
        }
    }

    @Test("driver risk, lost answers: a write whose connection breaks for good has an unknown outcome; a read has changed nothing")
    func unknownOutcome() async throws {
        try await withBench { bench, things in
            let writes: [(String, @Sendable (borrowing Connection) throws -> Void)] = [
                ("update", { _ = try $0.updateMany(things, filter: [:], update: .document(["$set": ["n": 1]])) }),
                ("findAndModify", { _ = try $0.findAndModify(things, filter: ["_id": 1], update: .document(["$set": ["n": 1]])) }),
                ("insert", { _ = try $0.bulk(things, [.insert(["_id": 2]), .insert(["_id": 3])]) }),
            ]
            for (command, write) in writes {
                try await bench.failing([command], times: 5, ["closeConnection": true]) {
                    let error = try await mongoError { try await bench.faulty.run("lost", write) }
                    #expect(error.kind == .network, "\(error)")
                    #expect(error.outcome == .unknown, "\(error)")
                    #expect(error.isTransient)
                }
            }
            try await bench.failing(["find"], times: 5, ["closeConnection": true]) {
                let error = try await mongoError { _ = try await bench.faulty.run("read") { try $0.findOne(things, filter: [:]) } }
                #expect(error.kind == .network)
                #expect(error.outcome == .notApplied)
            }
        }
    }

    @Test("driver risk, step-down: the server's refusals say what became of the write")
    func serverErrors() async throws {
        try await withBench { bench, things in
            let cases: [(code: Int32, kind: MongoError.Kind, outcome: MongoError.Outcome, isTransient: Bool)] = [
                (10107, .notPrimary, .unknown, true), (11600, .notPrimary, .unknown, true), (50, .timeout, .unknown, true),
                (2, .command, .notApplied, false), (13, .unauthorized, .notApplied, false), (14031, .diskFull, .notApplied, true),
            ]
            for (code, kind, outcome, isTransient) in cases {
                try await bench.failing(["insert", "findAndModify"], times: 5, ["errorCode": .int32(code)]) {
                    let inserted = try await mongoError { try await bench.faulty.run("refused") { try $0.insertOne(things, ["_id": 1]) } }
                    let modified = try await mongoError {
                        _ = try await bench.faulty.run("refused") {
                            try $0.findAndModify(things, filter: [:], update: .document(["$set": ["n": 1]]))
                        }
                    }
                    for error in [inserted, modified] {
                        #expect(error.kind == kind, "\(error)")
                        #expect(error.code == Int(code))
                        #expect(error.outcome == outcome, "\(error)")
                        #expect(error.isTransient == isTransient, "\(error)")
                        #expect(error.isBug == (code == 2))
                    }
                }
            }
        }
    }

    @Test("T19: a write that is not durable is an error of unknown outcome, by every verb")
    func writeConcern() async throws {
        try await withBench { bench, things in
            try await bench.faulty.run("insert") { try $0.insertOne(things, ["_id": 0]) }
            let fault: Document = ["writeConcernError": ["code": 64, "errmsg": "waiting for replication timed out"]]
            let writes: [@Sendable (borrowing Connection) throws -> Void] = [
                { try $0.insertOne(things, ["_id": 1]) },
                { _ = try $0.bulk(things, [.insert(["_id": 2]), .insert(["_id": 2])]) },
                { _ = try $0.findAndModify(things, filter: ["_id": 0], update: .document(["$set": ["n": 1]])) },
                {
                    _ = try $0.bulkUpdates(
                        things, [FencedUpdate(id: 0, filter: ["_id": 0], update: .document(["$set": ["n": 1]])) { _ in true }])
                },
                { try $0.createIndexes(things, [IndexSpec(keys: ["a": 1], name: "a")]) },
            ]
            for write in writes {
                try await bench.failing(["insert", "update", "findAndModify", "createIndexes"], times: 5, fault) {
                    let error = try await mongoError { try await bench.faulty.run("not durable", write) }
                    #expect(error.kind == .writeConcern, "\(error)")
                    #expect(error.code == 64)
                    #expect(error.outcome == .unknown)
                    #expect(error.isTransient)
                }
            }
        }
    }

    @Test("a wake-up stream whose cursor fails opens another, whatever the reason")
    func wakeupsResume() async throws {
        try await withBench { bench, things in
            let signals = Namespace(things.database, "signals")
            try await bench.healthy.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 1 << 20)) }
            var iterator = bench.faulty.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            // CursorNotFound, CappedPositionLost, QueryPlanKilled, CursorKilled, ChangeStreamHistoryLost, InterruptedAtShutdown, and an answer that never comes.
            let faults: [Document] = [43, 136, 175, 237, 286, 11600].map { ["errorCode": .int32($0)] } + [["closeConnection": true]]
            for (id, fault) in faults.enumerated() {
                try await bench.failing(["getMore"], fault) {
                    while let wakeup = await iterator.next(), wakeup != .state(.live) {}
                }
                let hint: Document = ["_id": .int32(Int32(id))]
                try await bench.healthy.run("signal") { try $0.insertOne(signals, hint) }
                #expect(await iterator.next() == .document(hint))
            }
        }
    }

    @Test("a wake-up stream that may not read is down, says why, and recovers when it may")
    func wakeupsUnauthorized() async throws {
        try await withBench { bench, things in
            let signals = Namespace(things.database, "signals")
            try await bench.healthy.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 1 << 20)) }
            for command in ["listCollections", "insert", "find"] {
                var stream: WakeupStream.Iterator?
                try await bench.failing([command], times: 1_000, ["errorCode": 13]) {
                    var iterator = bench.faulty.wakeups(signals).makeAsyncIterator()
                    defer { stream = iterator }
                    guard case .state(.down(let error)) = await iterator.next() else {
                        Issue.record("expected the stream to be down without \(command)")
                        return
                    }
                    #expect(error.kind == .unauthorized)
                }
                var iterator = try #require(stream)
                while let wakeup = await iterator.next(), wakeup != .state(.live) {}
            }
        }
    }

    @Test("a transaction happens together or not at all")
    func transaction() async throws {
        struct Own: Error {}
        try await withBench { bench, things in
            try await bench.faulty.run("transaction") { connection in
                let value = try connection.transaction { transaction in
                    try transaction.insertOne(things, ["_id": 1])
                    #expect(try transaction.findOne(things, filter: ["_id": 1]) != nil)
                    #expect(try transaction.bulkUpdates(things, []).isEmpty)
                    return 7
                }
                #expect(value == 7)
                #expect(throws: Own.self) {
                    try connection.transaction { transaction in
                        _ = try transaction.updateOne(things, filter: ["_id": 1], update: .document(["$set": ["n": 1]]))
                        try transaction.insertOne(things, ["_id": 2])
                        throw Own()
                    }
                }
                #expect(try connection.find(things, limit: 10) == [["_id": 1]])
                #expect(throws: MongoError.self) { try connection.transaction { try $0.transaction { _ in } } }
            }
        }
    }

    @Test("a transaction is run again after a passing failure, and its commit after a lost answer")
    func transactionRetries() async throws {
        try await withBench { bench, things in
            let faults: [([String], Document, attempts: Int)] = [
                (["insert"], ["errorCode": 112, "errorLabels": ["TransientTransactionError"]], 3),
                (["insert"], ["closeConnection": true], 3),
                (["commitTransaction"], ["errorCode": 91, "errorLabels": ["UnknownTransactionCommitResult"]], 1),
                (["commitTransaction"], ["closeConnection": true], 1),
                (["commitTransaction"], ["errorCode": 251, "errorLabels": ["TransientTransactionError"]], 3),
            ]
            for (index, (commands, fault, attempts)) in faults.enumerated() {
                let count = Mutex(0)
                try await bench.failing(commands, times: 2, fault) {
                    try await bench.faulty.run("transaction") { [id = Int32(index)] connection in
                        try connection.transaction { transaction in
                            count.withLock { $0 += 1 }
                            try transaction.insertOne(things, ["_id": .int32(id)])
                        }
                    }
                }
                #expect(count.withLock { $0 } == attempts, "\(commands) \(fault)")
                #expect(try await bench.faulty.run("find") { try $0.find(things, limit: 10) }.count == index + 1, "\(commands) \(fault)")
            }
        }
    }

    @Test("a transaction gives up at its deadline, and says when its outcome is unknown")
    func transactionDeadline() async throws {
        try await withBench { bench, things in
            let unknown: Document = ["errorCode": 91, "errorLabels": ["UnknownTransactionCommitResult", "RetryableWriteError"]]
            try await bench.failing(["commitTransaction"], times: 1_000, unknown) {
                let error = try await mongoError {
                    try await bench.faulty.run("transaction") { connection in
                        try connection.transaction(within: .milliseconds(100)) { try $0.insertOne(things, ["_id": 1]) }
                    }
                }
                #expect(error.outcome == .unknown)
            }
            // The server keeps the transaction open, and with it its locks, until its session starts another one.
            try await bench.faulty.run("next") { connection in
                try connection.transaction { try $0.insertOne(things, ["_id": 2]) }
                #expect(try connection.find(things, limit: 10) == [["_id": 2]])
            }
            let conflict: Document = ["errorCode": 112, "errorLabels": ["TransientTransactionError"]]
            try await bench.failing(["insert"], times: 1_000, conflict) {
                let error = try await mongoError {
                    try await bench.faulty.run("transaction") { connection in
                        try connection.transaction(within: .milliseconds(100)) { try $0.insertOne(things, ["_id": 1]) }
                    }
                }
                #expect(error.kind == .writeConflict)
                #expect(error.outcome == .notApplied)
                #expect(error.isTransient)
            }
        }
    }
}

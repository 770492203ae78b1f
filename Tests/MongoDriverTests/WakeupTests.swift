import BSON
import MongoDriver
import TestSupport
import Testing

@Suite("A wake-up stream", .timeLimit(.minutes(1)))
struct WakeupTests {
    private func withSignals(_ body: (MongoClient, Namespace) async throws -> Void) async throws {
        try await withDatabase("wakeups", { $0.streamWait = .milliseconds(500) }) { client, namespace in
            try await client.run("create") { try $0.createCollection(namespace, capped: Cap(bytes: 1 << 20)) }
            try await body(client, namespace)
        }
    }

    private func nextDocument(_ iterator: inout WakeupStream.Iterator) async -> Document? {
        while let wakeup = await iterator.next() {
            if case .document(let document) = wakeup { return document }
        }
        return nil
    }

    @Test("becomes live on an empty collection, and sees what is inserted from then on")
    func events() async throws {
        try await withSignals { client, signals in
            var iterator = client.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            for id in 0..<10 {
                try await client.run("signal") { try $0.insertOne(signals, ["_id": .int32(Int32(id))]) }
                #expect(await iterator.next() == .document(["_id": .int32(Int32(id))]))
            }
        }
    }

    @Test("skips what was there before, what the filter leaves out, and the marks of other streams")
    func filter() async throws {
        try await withSignals { client, signals in
            try await client.run("old") { try $0.insertOne(signals, ["_id": "old", "to": "me"]) }
            var mine = client.wakeups(signals, filter: ["to": "me"]).makeAsyncIterator()
            #expect(await mine.next() == .state(.live))
            var all = client.wakeups(signals).makeAsyncIterator()
            #expect(await all.next() == .state(.live))
            try await client.run("new") { connection in
                _ = try connection.bulk(signals, [.insert(["_id": 1, "to": "you"]), .insert(["_id": 2, "to": "me"])], ordered: true)
            }
            #expect(await mine.next() == .document(["_id": 2, "to": "me"]))
            #expect(await all.next() == .document(["_id": 1, "to": "you"]))
        }
    }

    @Test("ends at once when its task is cancelled, and frees its place for another")
    func cancellation() async throws {
        try await withDatabase("cancel", { ($0.maximumStreams, $0.streamWait) = (1, .milliseconds(500)) }) { client, signals in
            try await client.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 1 << 20)) }
            for _ in 0..<3 {
                let (isLive, continuation) = AsyncStream.makeStream(of: Void.self)
                let task = Task {
                    for await wakeup in client.wakeups(signals) where wakeup == .state(.live) { continuation.yield() }
                }
                var iterator = isLive.makeAsyncIterator()
                await iterator.next()
                let start = ContinuousClock.now
                task.cancel()
                await task.value
                #expect(start.duration(to: .now) < .seconds(5))
            }
        }
    }

    @Test("on which nothing happens frees its thread and connection long before the server would answer")
    func endsTheWait() async throws {
        try await withSignals { _, signals in
            let other = try MongoClient(TestServer.configuration())
            var iterator = other.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            let task = Task {
                var iterator = other.wakeups(signals, filter: ["to": "nobody"]).makeAsyncIterator()
                while await iterator.next() != nil {}
            }
            task.cancel()
            await task.value
            let start = ContinuousClock.now
            await other.close()
            #expect(start.duration(to: .now) < MongoConfiguration(url: "").streamWait / 3)
            #expect(await iterator.next() == nil)
        }
    }

    @Test("whose end cannot be told to the server ends all the same, when the wait is over")
    func lostEnd() async throws {
        try await Turn.failCommand.take {
            try await withSignals { client, signals in
                let configuration = MongoConfiguration(url: try TestServer.url() + "&socketTimeoutMS=4000&appName=lost-end")
                var brief = configuration
                brief.operationTimeLimit = .seconds(2)
                let other = try MongoClient(brief)
                var iterator = other.wakeups(signals).makeAsyncIterator()
                #expect(await iterator.next() == .state(.live))
                try await client.run("fail") {
                    _ = try $0.command(
                        "admin",
                        [
                            "configureFailPoint": "failCommand", "mode": "alwaysOn",
                            "data": ["failCommands": ["insert"], "closeConnection": true, "appName": "lost-end"],
                        ])
                }
                let start = ContinuousClock.now
                await other.close()
                #expect(start.duration(to: .now) < .seconds(10))
                #expect(await iterator.next() == nil)
                try await client.run("mend") { _ = try $0.command("admin", ["configureFailPoint": "failCommand", "mode": "off"]) }
            }
        }
    }

    @Test("one stream too many is down, and says why")
    func tooMany() async throws {
        try await withDatabase("toomany", { ($0.maximumStreams, $0.streamWait) = (1, .milliseconds(500)) }) { client, signals in
            try await client.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 1 << 20)) }
            var first = client.wakeups(signals).makeAsyncIterator()
            #expect(await first.next() == .state(.live))
            var second = client.wakeups(signals).makeAsyncIterator()
            while let wakeup = await second.next() {
                guard case .state(.down(let error)) = wakeup else { continue }
                #expect(error.kind == .overloaded)
                #expect(error.message.contains("maximumStreams"))
                break
            }
        }
    }

    @Test("driver risk, lost position: is down while there is no capped collection, and recovers when there is one, also a new one")
    func recovers() async throws {
        try await withDatabase("recovers", { $0.streamWait = .milliseconds(500) }) { client, signals in
            var iterator = client.wakeups(signals).makeAsyncIterator()
            guard case .state(.down(let error)) = await iterator.next() else {
                Issue.record("expected the stream to be down")
                return
            }
            #expect(error.message.contains("capped"))
            try await client.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 1 << 20)) }
            while let wakeup = await iterator.next(), wakeup != .state(.live) {}
            try await client.run("signal") { try $0.insertOne(signals, ["_id": 1]) }
            #expect(await nextDocument(&iterator) == ["_id": 1])
            // The cursor dies with its collection.
            try await client.run("drop") { connection in
                try connection.dropCollection(signals)
                try connection.createCollection(signals, capped: Cap(bytes: 1 << 20))
            }
            while let wakeup = await iterator.next(), wakeup != .state(.live) {}
            try await client.run("signal") { try $0.insertOne(signals, ["_id": 2]) }
            #expect(await nextDocument(&iterator) == ["_id": 2])
        }
    }

    /// What somebody does to a collection of hints. It leaves a name under which there is no capped collection.
    enum Mishap: String, CaseIterable, Sendable {
        case dropped, renamed, replaced

        func happen(to signals: Namespace, _ connection: borrowing Connection) throws {
            switch self {
            case .dropped: try connection.dropCollection(signals)
            case .renamed:
                let names: Document = ["renameCollection": .string("\(signals)"), "to": .string("\(signals)_away")]
                _ = try connection.command("admin", names)
            case .replaced:
                try connection.dropCollection(signals)
                try connection.insertOne(signals, ["_id": "an insert makes a collection that is not capped"])
            }
        }
    }

    @Test("is down when its collection is gone or another, says why, and recovers with it", arguments: Mishap.allCases)
    func mishaps(_ mishap: Mishap) async throws {
        try await withSignals { client, signals in
            var iterator = client.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            try await client.run("mishap") { try mishap.happen(to: signals, $0) }
            while let wakeup = await iterator.next() {
                if case .state(.down(let error)) = wakeup, error.message.contains("capped") { break }
                #expect(wakeup == .state(.resuming))
            }
            try await client.run("mend") { connection in
                try connection.dropCollection(signals)
                try connection.createCollection(signals, capped: Cap(bytes: 1 << 20))
            }
            while let wakeup = await iterator.next(), wakeup != .state(.live) {}
            try await client.run("signal") { try $0.insertOne(signals, ["_id": 1]) }
            #expect(await nextDocument(&iterator) == ["_id": 1])
        }
    }

    @Test("whose place was overwritten goes on behind it")
    func overwritten() async throws {
        try await withDatabase("overwritten", { $0.streamWait = .milliseconds(500) }) { client, signals in
            // Room for one document: each insert removes the one at which the cursor stands, and the server ends it (CappedPositionLost).
            try await client.run("create") { try $0.createCollection(signals, capped: Cap(bytes: 4_096, documents: 1)) }
            var iterator = client.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            for id in 0..<3 {
                try await client.run("signal") { try $0.insertOne(signals, ["_id": .int32(Int32(id))]) }
                var wakeup = await iterator.next()
                // Nobody sees it where the stream is live again by the time that it is looked at.
                if wakeup == .state(.resuming) { wakeup = await iterator.next() }
                #expect(wakeup == .state(.live))
            }
        }
    }

    @Test("drops the oldest for a slow consumer, and says how many")
    func overflow() async throws {
        try await withSignals { client, signals in
            var slow = client.wakeups(signals).makeAsyncIterator()
            #expect(await slow.next() == .state(.live))
            var witness = client.wakeups(signals, filter: ["last": true]).makeAsyncIterator()
            #expect(await witness.next() == .state(.live))
            let count = WakeupStream.bufferLimit + 500
            try await client.run("signals") { connection in
                _ = try connection.bulk(
                    signals, (0..<count).map { .insert(["_id": .int32(Int32($0)), "last": .bool($0 == count - 1)]) }, ordered: true)
            }
            #expect(await nextDocument(&witness) != nil)
            var (dropped, seen) = (0, 0)
            while dropped + seen < count {
                switch await slow.next() {
                case .overflowed(let more): dropped += more
                case .document: seen += 1
                case .state, nil:
                    Issue.record("unexpected end")
                    return
                }
            }
            #expect(dropped + seen == count)
            #expect(seen <= count)
        }
    }

    @Test("ends when the client is closed")
    func closing() async throws {
        try await withSignals { client, signals in
            let other = try MongoClient(TestServer.configuration())
            var iterator = other.wakeups(signals).makeAsyncIterator()
            #expect(await iterator.next() == .state(.live))
            await other.close()
            while await iterator.next() != nil {}
        }
    }
}

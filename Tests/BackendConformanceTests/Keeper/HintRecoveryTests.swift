import BSON
import Engine
import Logging
import MongoBackend
import MongoDriver
import TestSupport
import Testing

/// Hints on MongoDB are documents in a capped collection, which somebody may drop, replace or fill.
@Suite("MongoDB: hints whose collection is damaged", .timeLimit(.minutes(1)))
struct HintRecoveryTests {
    enum Mishap: String, CaseIterable, Sendable {
        case dropped, renamed, overrun
        case replaced = "replaced by a plain collection"

        func happen(to signal: Namespace, _ connection: borrowing Connection) throws {
            switch self {
            case .dropped: try connection.dropCollection(signal)
            case .renamed:
                _ = try connection.command("admin", ["renameCollection": .string("\(signal)"), "to": .string("\(signal)_away")])
                try connection.dropCollection(Namespace(signal.database, "\(signal.collection)_away"))
            case .replaced:
                try connection.dropCollection(signal)
                try connection.insertOne(signal, ["to": "nobody", "kind": "assigned"])
            case .overrun:
                let hint: Document = ["to": "nobody", "kind": "assigned", "padding": .string(String(repeating: "x", count: 200))]
                _ = try connection.bulk(signal, (0..<10_000).map { _ in .insert(hint) })
            }
        }
    }

    @Test("hints arrive again by themselves", arguments: Mishap.allCases)
    func recovers(_ mishap: Mishap) async throws {
        try await Fixture.withMongoDB { fixture in
            let keeper = fixture.keeper
            let heard = Watched<Set<Hint>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.listen(session: "s") { hint in heard.change { _ = $0.insert(hint) } } }
                defer { group.cancelAll() }
                // When it begins to listen, a node is told to look at everything.
                try await heard.wait(for: "the listener") { $0.contains(.assigned(session: "s")) }
                try await Fixture.withClient { try mishap.happen(to: Namespace($1, fixture.prefix + "signal"), $0) }
                group.addTask {
                    // Nobody knows when the listener is back, and until then hints are lost: they are repeated.
                    while !Task.isCancelled {
                        await keeper.signal([.leaderGone])
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await heard.wait(for: "a hint after the mishap") { $0.contains(.leaderGone) }
            }
            #expect(try await isCapped(fixture.prefix + "signal"))
        }
    }

    @Test("a collection of hints that somebody has filled with something else is left alone, and a node that starts says so")
    func foreign() async throws {
        try await Fixture.withMongoDB { fixture in
            let name = fixture.prefix + "signal"
            try await Fixture.withClient { connection, database in
                try connection.dropCollection(Namespace(database, name))
                try connection.insertOne(Namespace(database, name), ["_id": "not a hint"])
            }
            let error = await #expect(throws: StoreError.self) {
                _ = try await MongoBackend.connect(url: Fixture.mongoURL(), prefix: fixture.prefix)
            }
            #expect(error?.message.contains("not capped") == true && error?.message.contains(name) == true)
            #expect(try await Fixture.withClient { try $0.find(Namespace($1, name), limit: 10) } == [["_id": "not a hint"]])
        }
    }

    @Test("a collection of hints that an insert has made is made capped when a node starts")
    func implicit() async throws {
        try await Fixture.withMongoDB { fixture in
            let name = fixture.prefix + "signal"
            try await Fixture.withClient { try $0.dropCollection(Namespace($1, name)) }
            await fixture.keeper.signal([.dispatch])
            #expect(try await !isCapped(name))
            await (try MongoBackend.connect(url: Fixture.mongoURL(), prefix: fixture.prefix)).close()
            #expect(try await isCapped(name))
        }
    }

    private func isCapped(_ name: String) async throws -> Bool {
        try await Fixture.withClient { connection, database in
            let reply = try connection.command(database, ["listCollections": 1, "filter": ["name": .string(name)]], isRead: true)
            return reply[path: "cursor", "firstBatch", "0", "options", "capped"]?.boolValue ?? false
        }
    }
}

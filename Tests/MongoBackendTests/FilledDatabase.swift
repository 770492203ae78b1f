import BSON
import Engine
import Logging
import MongoDriver
import Records
import Workflow

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why there is no MongoDB to test with.
struct NoMongoDB: Error, CustomStringConvertible {
    let description = """
        SWIFTFLOW_TEST_MONGODB is not set: it must hold the URL of a MongoDB replica set that tests may write to. \
        `make test` starts one; or run: deploy/mongod run --env SWIFTFLOW_TEST_MONGODB -- swift test
        """
}

/// A database as it looks after some days: much that is over, some that waits, some that is owned.
struct FilledDatabase: Sendable {
    static let finished = 2_000
    static let waiting = 300
    static let owned = 300
    static let sessions = 10
    static let definitions = 300
    /// Runs that have task and trace documents, and how many of each.
    static let runsWithTasks = 40
    static let tasks = 20
    static let chunks = 5
    /// Of the waiting, one in this many has a priority, above or below the others'.
    static let prioritised = 3
    /// Runs that wait for a time, and commands of runs: settled, and open.
    static let parked = 200
    static let settled = 1_500
    static let open = 150

    let client: MongoClient
    let collections: Collections

    /// Fills a database of its own, and drops it afterwards.
    static func with(_ body: (FilledDatabase) async throws -> Void) async throws {
        guard let url = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"], !url.isEmpty else { throw NoMongoDB() }
        let client = try MongoClient(MongoConfiguration(url: url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let database = "test_queries_\(ObjectID.random())"
        let filled = FilledDatabase(client: client, collections: Collections(database: database, prefix: ""))
        let outcome: Result<Void, any Error>
        do {
            try await filled.fill()
            outcome = .success(try await body(filled))
        } catch { outcome = .failure(error) }
        try? await client.run("drop") { try $0.dropDatabase(database) }
        await client.close()
        try outcome.get()
    }

    /// How the server carries a query out.
    func plan(_ query: Query) async throws -> Plan {
        try Plan(
            await client.run("explain") { connection in
                try connection.explain(
                    find: query.namespace, filter: query.filter, sort: query.sort, projection: query.projection, limit: query.limit,
                    hint: query.hint,
                    verbosity: "executionStats")
            })
    }

    // MARK: Filling

    private func fill() async throws {
        let collections = collections
        let contents: [(Namespace, [Document])] = [
            (
                collections.dag,
                (0..<Self.definitions).map { number in
                    var head: Document = ["_id": .string("dag-\(10_000 + number)")]
                    if number % 100 == 0 { head.append("isPaused", true) }
                    return head
                }
            ),
            (
                collections.dagHistory,
                (0..<Self.definitions).map { number in
                    let dag = "dag-\(10_000 + number % 10)"
                    return ["_id": .string("\(dag)@\(10_000 + number)"), "dagId": .string(dag)]
                }
            ),
            (collections.pool, (0..<10).map { ["_id": .string("pool-\($0)")] }),
            (collections.dagVersion, (0..<Self.definitions).map { ["_id": .string("dag-\(10_000 + $0)@v")] }),
            (collections.dagChunk, (0..<Self.definitions).map { ["_id": .string("chunk-\($0)")] }),
            (collections.dagInstance, Self.instances.map(\.document)),
            (collections.message, Self.commands.map(\.document)),
            (collections.taskInstance, Self.taskDocuments.map(\.document)),
            (collections.taskTrace, try Self.traceDocuments.map { try $0.document }),
        ]
        try await client.run("fill") { connection in
            try Indexes.create(collections, on: connection)
            for (namespace, documents) in contents { _ = try connection.bulk(namespace, documents.map { .insert($0) }) }
        }
    }

    private static func date(_ number: Int) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + Double(number)) }

    /// The finished, the waiting and the owned, their times of creation mixed.
    static var instances: [DagInstance] {
        let all = finished + waiting + owned + parked
        return (0..<all).map { number in
            // 1,031 is prime to the count, so each place is taken once.
            let created = number * 1_031 % all
            var instance = DagInstance(
                id: "run-\(10_000 + created)", dagId: "dag-\(10_000 + created % 10)", dagVersion: "v", createdAt: date(created))
            if number < finished {
                instance.status = number % 10 == 0 ? .failed : .success
                instance.worker = "w"
                instance.endedAt = date(created + 5)
            } else if number < finished + owned {
                instance.status = number % 2 == 0 ? .running : .scheduled
                instance.session = "session-\(number % sessions)"
                instance.worker = "w"
            } else if number < finished + owned + parked {
                (instance.status, instance.wakeAt) = (number % 4 == 0 ? .blocked : .parked, date(20_000 + created))
            } else if number % prioritised == 0 {
                instance.priority = number % 2 == 0 ? 1 + number % 5 : -1 - number % 5
            }
            instance.version = RecordVersion(epoch: 1)
            instance.runEpoch = 1
            return instance
        }
    }

    /// Ten commands for each of some runs, the open ones the last.
    static var commands: [CommandRecord] {
        (0..<settled + open).map { number in
            let command = Command(
                id: "command-\(10_000 + number)", run: "run-\(10_000 + number % ((settled + open) / 10))", kind: .retry,
                author: Author(by: "ada", at: date(number)))
            guard number < settled else { return CommandRecord(command) }
            return CommandRecord(command, status: .done, settledAt: Date())
        }
    }

    private static var taskDocuments: [TaskInstance] {
        (0..<runsWithTasks * tasks).map { number in
            TaskInstance(
                dagInsId: "run-\(10_000 + number / tasks)", dagId: "d", taskId: "task-\(100 + number % tasks)", actionName: "a",
                status: .success, version: RecordVersion(epoch: 3), worker: "w")
        }
    }

    private static var traceDocuments: [TraceChunk] {
        (0..<runsWithTasks * tasks * chunks).map { number in
            let task = number / chunks
            return TraceChunk(
                dagInsId: "run-\(10_000 + task / tasks)", taskId: "task-\(100 + task % tasks)", epoch: 3, attempt: 1, seq: number % chunks,
                worker: "w", lines: [])
        }
    }
}

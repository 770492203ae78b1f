import BSON
import Engine
import Logging
import MongoDriver
import Testing
import Workflow

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is wrong in the scheduler that this one is modelled on, and must not be wrong here; the numbers are those of docs/guarantees.md.
@Suite("fastflow regressions: MongoDB", .serialized, .timeLimit(.minutes(2)))
struct FastflowRegressionTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("fastflow 7: a batch of assignments that the server refuses is an error, not a success", arguments: [2, 91, 112] as [Int32])
    func failedAssignments(code: Int32) async throws {
        try await FaultyServer.with { (server) async throws in
            let runs = (0..<3).map {
                DagInstance(id: "r\($0)", dagId: "d", dagVersion: "v", createdAt: Date(timeIntervalSince1970: 1_700_000_000))
            }
            for run in runs { _ = try await server.store.submit(run) }
            let assignments = try runs.map { try assignment(of: $0, to: "s") }
            try await server.failing(["update"], ["errorCode": .int32(code)]) {
                let error = try await storeError { _ = try await server.store.assign(assignments) }
                #expect(error.kind == (code == 2 ? .refused : .unavailable), "\(error)")
            }
            #expect(try await server.store.pending(after: nil, limit: 10).elements.count == 3)
            #expect(try await server.store.assign(assignments) == [true, true, true])
        }
    }

    @Test("fastflow 13: connecting makes the indexes, and each is on fields that documents have")
    func indexes() async throws {
        guard let url = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"], !url.isEmpty else { throw NoMongoDB() }
        let client = try MongoClient(MongoConfiguration(url: url), logger: quiet)
        let prefix = "i\(String(UInt64.random(in: 0...UInt64.max), radix: 36))_"
        let collections = Collections(database: client.defaultDatabase, prefix: prefix)
        let outcome: Result<Void, any Error>
        do {
            let backend = try await MongoBackend.connect(url: url, prefix: prefix, logger: quiet)
            var run = DagInstance(id: "run", dagId: "d", dagVersion: "v", createdAt: Date(timeIntervalSince1970: 1_700_000_000))
            (run.status, run.session, run.worker) = (.running, "s", "w")
            (run.priority, run.wakeAt) = (1, run.createdAt)
            _ = try await backend.store.submit(run)
            let node = NodeDescription(key: "w", actions: [], flows: [], capacity: 1, host: "h", pid: 1)
            _ = try await backend.keeper.join(node, session: "s", replacing: nil, ttl: .seconds(60))
            await backend.close()
            outcome = .success(
                try await client.run("indexes") { connection in
                    try check(Indexes.dagInstance, of: collections.dagInstance, connection)
                    try check(Indexes.heartbeat, of: collections.heartbeat, connection)
                })
        } catch { outcome = .failure(error) }
        try await client.run("drop") { connection in
            for name in [
                "dag", "dag_version", "dag_chunk", "dag_instance", "task_instance", "task_trace", "message", "heartbeat", "election",
                "mutex",
                "signal",
            ] {
                try connection.dropCollection(Namespace(collections.dag.database, prefix + name))
            }
        }
        await client.close()
        try outcome.get()
    }

    private func check(_ wanted: [IndexSpec], of namespace: Namespace, _ connection: borrowing Connection) throws {
        let reply = try connection.command(namespace.database, ["listIndexes": .string(namespace.collection)])
        let there = (reply[path: "cursor", "firstBatch"]?.arrayValue ?? []).compactMap(\.documentValue)
        let names = Set(there.compactMap { $0["name"]?.stringValue })
        #expect(names == Set(wanted.map(\.name) + ["_id_"]))
        let document = try #require(try connection.findOne(namespace, filter: [:]))
        for index in there {
            for (field, _) in index["key"]?.documentValue ?? [:] { #expect(document[field] != nil, "\(index)") }
        }
    }
}

/// What a plan assigns when `instance`, as read, goes to a session.
func assignment(of instance: DagInstance, to session: String) throws -> DispatchPlan.Assignment {
    let pending = DispatchPlan.Pending(
        id: instance.id, dagId: instance.dagId, version: instance.version, status: instance.status, session: instance.session,
        runEpoch: instance.runEpoch, requirements: DagRequirements())
    let candidate = DispatchPlan.Candidate(key: "w-\(session)", session: session, actions: [], flows: [], capacity: 1, load: 0)
    return try #require(DispatchPlan(pending: [pending], candidates: [candidate]).assignments.first)
}

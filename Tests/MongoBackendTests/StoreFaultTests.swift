import BSON
import Engine
import Testing
import Workflow

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the store makes of a server that cannot do what it is asked: T19 of docs/guarantees.md.
@Suite("Store faults", .serialized, .timeLimit(.minutes(2)))
struct StoreFaultTests {
    private let version = RecordVersion(epoch: 1, counter: 1)

    private func run(_ id: String = "run", _ change: (inout DagInstance) -> Void = { _ in }) -> DagInstance {
        var instance = DagInstance(id: id, dagId: "d", dagVersion: "v", createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        change(&instance)
        return instance
    }

    private var batch: RecordBatch {
        let task = TaskInstance(
            dagInsId: "run", dagId: "d", taskId: "a", actionName: "print", status: .success, version: version, worker: "w")
        return RecordBatch(tasks: [TaskRecord(task: task, isFirst: true)])
    }

    /// Every kind of write of the store, by the command that carries it.
    private func writes(_ store: MongoStore) -> [(command: String, write: @Sendable () async throws -> Void)] {
        [
            ("insert", { [self] in _ = try await store.submit(run("new")) }),
            ("insert", { [self] in _ = try await store.record(batch) }),
            ("update", { [self] in _ = try await store.assign([assignment(of: run(), to: "s")]) }),
            ("update", { try await store.raiseTasks(of: "run", from: 0, to: 1) }),
            ("findAndModify", { _ = try await store.claimAgain(id: "run", session: "s", expected: .zero) }),
        ]
    }

    @Test("T19: a write that may not last is no success: it is unavailable, of unknown outcome, and sent again it is found")
    func writeConcern() async throws {
        try await FaultyServer.with { (server) async throws in
            _ = try await server.store.submit(run())
            let fault: Document = ["writeConcernError": ["code": 64, "errmsg": "waiting for replication timed out"]]
            for (command, write) in writes(server.store) {
                try await server.failing([command], fault) {
                    let error = try await storeError(write)
                    #expect(error.kind == .unavailable && error.outcome == .unknown && error.isTransient, "\(error)")
                    #expect(error.message.contains("replication"))
                }
            }
            #expect(try await server.store.submit(run("new")) == .created)
            #expect(try await server.store.record(batch).tasks == [.written])
            #expect(try await server.store.assign([assignment(of: run(), to: "s")]) == [true])
            #expect(try await server.store.tasks(of: "run", runEpoch: 0).count == 1)
        }
    }

    @Test("T19: a server whose disk is full is one to wait for, says so, and nothing is taken for refused")
    func diskFull() async throws {
        try await FaultyServer.with { (server) async throws in
            _ = try await server.store.submit(run())
            for (command, write) in writes(server.store) {
                try await server.failing([command], ["errorCode": 14031]) {
                    let error = try await storeError(write)
                    #expect(error.kind == .unavailable && error.isTransient, "\(error)")
                    #expect(error.message.contains("disk"))
                }
            }
            #expect(try await server.store.record(batch).tasks == [.written])
        }
    }

    @Test("T19: a primary that steps down during a write leaves its outcome open, whatever the write")
    func stepDown() async throws {
        try await FaultyServer.with { (server) async throws in
            _ = try await server.store.submit(run())
            for (command, write) in writes(server.store) {
                try await server.failing([command], ["errorCode": 11602]) {
                    let error = try await storeError(write)
                    #expect(error.kind == .unavailable && error.outcome == .unknown, "\(error)")
                }
            }
        }
    }

    @Test("T19: what is too large for a document is refused, by its size, wherever it comes from")
    func tooLarge() async throws {
        try await FaultyServer.with { (server) async throws in
            let text = String(repeating: "x", count: 17 << 20)
            let submitted = try await storeError { _ = try await server.store.submit(run { $0.vars = ["v": text] }) }
            #expect(submitted.kind == .refused && submitted.outcome == .notApplied, "\(submitted)")
            #expect(submitted.message.count < 2_000)
            let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "print", params: ["p": .string(text)])])
            // A definition is kept in pieces.
            _ = try await server.store.apply(dag, version: "v", source: "test", expectedRevision: nil)
            #expect(try await server.store.dagVersion(id: "d", version: "v") == dag)
            _ = try await server.store.submit(run { $0.session = "s" })
            let chunk = TraceChunk(
                dagInsId: "run", taskId: "a", epoch: 1, attempt: 1, seq: 0, worker: "w",
                lines: [TraceLine(at: Date(timeIntervalSince1970: 1), level: .info, message: text)])
            let sum = run {
                $0.version = version
                $0.shareData = ["k": text]
            }
            let result = try await server.store.record(
                RecordBatch(instances: [sum], tasks: batch.tasks, traces: [chunk]))
            #expect(result.tasks == [.written])
            for outcome in [result.instances.first, result.traces.first] {
                guard case .refused(let why) = outcome else {
                    Issue.record("\(String(describing: outcome))")
                    continue
                }
                #expect(why.contains("more than the 16760832 that a document may have"))
            }
        }
    }

    @Test("T19: an id that is taken is an answer, never an error, for runs, tasks and traces")
    func duplicates() async throws {
        try await FaultyServer.with { (server) async throws in
            #expect(try await server.store.submit(run()) == .created)
            let other = run { $0.vars = ["v": "2"] }
            #expect(try await server.store.submit(other) == .existing(run()))
            let chunk = TraceChunk(dagInsId: "run", taskId: "a", epoch: 1, attempt: 1, seq: 0, worker: "w", lines: [])
            let all = RecordBatch(tasks: batch.tasks, traces: [chunk])
            for _ in 0..<2 {
                #expect(try await server.store.record(all) == RecordResult(instances: [], tasks: [.written], traces: [.written]))
            }
        }
    }
}

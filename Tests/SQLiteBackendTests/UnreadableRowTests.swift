import BSON
import Engine
import Foundation
import GRDB
import Records
import Testing
import Workflow

@testable import SQLiteBackend

@Suite("SQLite: rows that do not decode")
struct UnreadableRowTests {
    private func change(_ path: String, _ sql: String, _ arguments: StatementArguments) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    private func run(_ id: String, _ change: (inout DagInstance) -> Void = { _ in }) -> DagInstance {
        var run = DagInstance(id: id, dagId: "d", dagVersion: "v", createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        change(&run)
        return run
    }

    @Test("a run that does not decode is reported with its id, and the others are listed, owned and given out")
    func runs() async throws {
        try await TemporaryFile.with { file in
            let backend = try await SQLiteBackend.open(file.location)
            defer { backend.close() }
            _ = try await backend.store.submit([run("good"), run("bad"), run("worse")])
            try change(file.path, "UPDATE dag_instance SET document = ? WHERE id = 'bad'", [Data([1, 2, 3])])
            let wrong: Document = ["_id": "worse", "dagId": "d", "status": "dancing"]
            try change(file.path, "UPDATE dag_instance SET document = ? WHERE id = 'worse'", [Data(wrong.bytes)])
            for page in [
                try await backend.store.pending(limit: 10), try await backend.store.instances(InstanceQuery()),
                try await backend.store.instances(ids: ["good", "bad", "worse"]),
            ] {
                #expect(page.elements.map(\.id) == ["good"])
                #expect(page.unreadable.map(\.id).sorted() == ["bad", "worse"])
                #expect(page.unreadable.allSatisfy { $0.collection == "dag_instance" && !$0.problem.isEmpty })
            }
            let error = await #expect(throws: StoreError.self) { try await backend.store.instance(id: "worse") }
            #expect(error?.kind == .malformed && error?.message.contains("dag_instance 'worse'") == true)
        }
    }

    @Test("tasks, traces, definitions and commands that do not decode are errors that name the row, or are left out and reported")
    func others() async throws {
        try await TemporaryFile.with { file in
            let backend = try await SQLiteBackend.open(file.location)
            defer { backend.close() }
            let store = backend.store
            let task = TaskInstance(
                dagInsId: "r", dagId: "d", taskId: "a", actionName: "x", status: .success, version: RecordVersion(epoch: 1), worker: "w")
            _ = try await store.record(RecordBatch(tasks: [TaskRecord(task: task, isFirst: true)]))
            _ = try await store.apply(Dag(id: "d"), version: "v1", source: "ada", expectedRevision: nil)
            let command = Command(id: "c", run: "r", kind: .retry, author: Author(by: "ada", at: Date(timeIntervalSince1970: 1)))
            _ = try await store.submit(command)
            for table in ["task_instance", "dag", "message"] { try change(file.path, "UPDATE \(table) SET document = ?", [Data([9])]) }
            let tasks = await #expect(throws: StoreError.self) { try await store.tasks(of: "r", runEpoch: 0) }
            #expect(tasks?.kind == .malformed && tasks?.message.contains("task_instance 'r/a'") == true)
            let dag = await #expect(throws: StoreError.self) { try await store.dag(id: "d") }
            #expect(dag?.kind == .malformed && dag?.message.contains("dag 'd'") == true)
            #expect(try await store.openCommands(after: nil, limit: 10).unreadable.map(\.id) == ["c"])
            #expect(try await store.openCommands(of: ["r"], limit: 10).isEmpty)
        }
    }
}

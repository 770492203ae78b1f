import BSON
import Foundation
import MongoDriver
import Workflow

/// Reads what the store says, as raw documents: not by the code that is under test.
struct Bookkeeper {
    let url: String

    /// How many runs are not over; those that are `blocked` count as such.
    func openRuns() async throws -> Int {
        try await read { connection, database in
            let open: BSONValue = ["$nin": .array(DagInstanceStatus.allCases.filter(\.isFinal).map { .string($0.rawValue) })]
            return try connection.find(
                Namespace(database, "dag_instance"), filter: ["status": open], projection: ["_id": 1], limit: 1_000_000
            ).count
        }
    }

    func books(_ submissions: [String: Books.Submission], journal: [JournalEntry], outages: [Books.Outage]) async throws -> Books {
        var books = Books(submissions: submissions, journal: journal, outages: outages)
        let (runs, tasks, traces) = try await read { connection, database in
            (
                try connection.find(Namespace(database, "dag_instance"), limit: 1_000_000),
                try connection.find(Namespace(database, "task_instance"), limit: 1_000_000),
                try connection.find(Namespace(database, "task_trace"), limit: 1_000_000)
            )
        }
        var epochs: [String: Int64] = [:]
        for run in runs {
            guard let id = run["_id"]?.stringValue, let status = run["status"]?.stringValue.flatMap(DagInstanceStatus.init) else {
                continue
            }
            books.runs[id] = Books.Run(status: status, reason: run["reason"]?.stringValue ?? "")
            epochs[id] = run["runEpoch"]?.int64Value
        }
        for task in tasks { record(task, epochs, in: &books) }
        for trace in traces { record(trace: trace, in: &books) }
        return books
    }

    private func record(_ task: Document, _ epochs: [String: Int64], in books: inout Books) {
        guard let id = task["_id"]?.stringValue, let run = task["dagInsId"]?.stringValue, let version = task["version"]?.int64Value,
            let status = task["status"]?.stringValue.flatMap(TaskInstanceStatus.init), version >> 32 >= epochs[run] ?? 0
        else { return }
        let output = task["output"]?.documentValue
        let epoch = output?["epoch"] ?? output?["json"]?.documentValue?["epoch"]
        books.tasks[id] = Books.Task(
            status: status, attempt: Int(task["attempt"]?.int64Value ?? 0), epoch: epoch?.int64Value,
            reason: task["reason"]?.stringValue ?? "")
    }

    private func record(trace: Document, in books: inout Books) {
        guard let run = trace["dagInsId"]?.stringValue, let task = trace["taskId"]?.stringValue, let epoch = trace["epoch"]?.int64Value,
            let attempt = trace["attempt"]?.int64Value
        else { return }
        let lines = (trace["lines"]?.arrayValue ?? []).compactMap { $0.documentValue?["message"]?.stringValue }
        if lines.contains("flushed \(epoch).\(attempt)") { books.flushedTraces.insert("\(run)/\(task)/\(epoch).\(attempt)") }
    }

    private func read<R: Sendable>(_ body: @escaping @Sendable (borrowing Connection, String) throws -> R) async throws -> R {
        let configuration = MongoConfiguration(url: url)
        let client = try MongoClient(configuration)
        let database = try configuration.defaultDatabase
        do {
            let answer = try await client.run("books") { try body($0, database) }
            await client.close()
            return answer
        } catch {
            await client.close()
            throw error
        }
    }
}

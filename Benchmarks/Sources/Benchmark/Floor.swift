import BSON
import MongoDriver
import Workflow

/// The least writes that a workload needs, by bare calls of the driver: per run one insert and two fenced updates, per task one insert of its final state, each only after what it depends on is durable.
///
/// Every flusher has a connection and a share of the runs, writes all that may be written, and goes on when it is durable: group commit without anything around it. The documents are made before.
struct Floor {
    let client: MongoClient
    let database: String

    private struct Run {
        var graph: TaskGraph
        var instance: Document
        var tasks: [Document]
        var dispatch: WriteOperation
        var end: WriteOperation
    }

    /// - Returns: how long it took.
    func run(_ workload: Workload, flushers: Int) async throws -> Duration {
        let graphs = try workload.dags.map { try TaskGraph($0.tasks) }
        let runs = workload.runs.enumerated().map { number, dag in
            Self.run("floor-\(WallClock.nanoseconds)-\(number)", workload.dags[dag], graphs[dag])
        }
        let (instances, tasks) = (Namespace(database, "dag_instance"), Namespace(database, "task_instance"))
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for flusher in 0..<flushers {
                let share = runs.indices.filter { $0 % flushers == flusher }.map { runs[$0] }
                group.addTask {
                    try await client.run("floor") { connection in try Self.write(share, connection, instances, tasks) }
                }
            }
            try await group.waitForAll()
        }
        return clock.now - start
    }

    private static func write(
        _ runs: [Run], _ connection: borrowing Connection, _ instances: Namespace, _ tasks: Namespace
    ) throws {
        try insert(runs.map(\.instance), instances, connection)
        try update(runs.map(\.dispatch), instances, connection)
        var open = runs.map { run in (0..<run.graph.count).map { run.graph.parentCount(of: $0) } }
        var left = runs.map(\.graph.count)
        var ready = runs.indices.flatMap { run in runs[run].tasks.indices.filter { open[run][$0] == 0 }.map { (run, $0) } }
        var ended: [Int] = []
        while !ready.isEmpty || !ended.isEmpty {
            try insert(ready.map { runs[$0.0].tasks[$0.1] }, tasks, connection)
            try update(ended.map { runs[$0].end }, instances, connection)
            ended = []
            var next: [(Int, Int)] = []
            for (run, task) in ready {
                left[run] -= 1
                if left[run] == 0 { ended.append(run) }
                for child in runs[run].graph.children(of: task) {
                    open[run][child] -= 1
                    if open[run][child] == 0 { next.append((run, child)) }
                }
            }
            ready = next
        }
    }

    /// In steps of a thousand, as the engine does.
    private static func insert(_ documents: [Document], _ namespace: Namespace, _ connection: borrowing Connection) throws {
        for start in stride(from: 0, to: documents.count, by: 1_000) {
            let result = try connection.bulk(namespace, documents[start..<min(start + 1_000, documents.count)].map { .insert($0) })
            guard result.errors.isEmpty else { throw BenchmarkError("the floor could not insert: \(result.errors[0])") }
        }
    }

    private static func update(_ operations: [WriteOperation], _ namespace: Namespace, _ connection: borrowing Connection) throws {
        for start in stride(from: 0, to: operations.count, by: 1_000) {
            let some = Array(operations[start..<min(start + 1_000, operations.count)])
            guard try connection.bulk(namespace, some).matched == some.count else { throw BenchmarkError("the floor's updates missed") }
        }
    }

    /// How long one insert takes alone: the unit of latency.
    func roundTrip(_ count: Int = 300) async throws -> [Duration] {
        let namespace = Namespace(database, "task_instance")
        let dag = Workload.chain("lonely", length: 1)
        var times: [Duration] = []
        for number in 0..<count {
            let document = Self.task("lonely-\(WallClock.nanoseconds)-\(number)", dag, 0)
            let clock = ContinuousClock()
            let start = clock.now
            _ = try await client.run("lonely") { try $0.bulk(namespace, [.insert(document)]) }
            times.append(clock.now - start)
        }
        return times
    }

    // MARK: Documents as the engine writes them

    private static func run(_ id: String, _ dag: Dag, _ graph: TaskGraph) -> Run {
        let created = BSONValue.date(BSONDate(milliseconds: Int64(WallClock.nanoseconds / 1_000_000)))
        let version = String(repeating: "0", count: 64)
        let instance: Document = [
            "_id": .string(id), "dagId": .string(dag.id), "dagVersion": .string(version), "trigger": "manually", "status": "init",
            "reason": "", "version": .int64(0), "runEpoch": .int64(0), "vars": [:], "shareData": [:], "tags": [:], "adoptions": .int64(0),
            "progress": .int64(0), "createdAt": created,
        ]
        let dispatch: Document = [
            "$set": [
                "status": "scheduled", "worker": "floor", "session": .string("floor-session"), "version": .int64(1 << 32), "reason": "",
                "runEpoch": .int64(1),
            ]
        ]
        let end: Document = [
            "$set": [
                "status": "success", "version": .int64((1 << 32) + 99), "progress": .int64(Int64(dag.tasks.count)), "startedAt": created,
                "endedAt": created,
            ],
            "$unset": ["session": ""],
        ]
        func fence(_ version: Int64) -> Document { ["_id": .string(id), "version": ["$lt": .int64(version)]] }
        return Run(
            graph: graph, instance: instance, tasks: dag.tasks.indices.map { task(id, dag, $0) },
            dispatch: .updateOne(filter: fence(1 << 32), update: .document(dispatch)),
            end: .updateOne(filter: fence((1 << 32) + 99), update: .document(end)))
    }

    private static func task(_ run: String, _ dag: Dag, _ number: Int) -> Document {
        let task = dag.tasks[number]
        let now = BSONValue.date(BSONDate(milliseconds: Int64(WallClock.nanoseconds / 1_000_000)))
        return [
            "_id": .string("\(run)/\(task.id)"), "dagInsId": .string(run), "dagId": .string(dag.id), "taskId": .string(task.id),
            "actionName": .string(task.actionName), "dependOn": .array(task.dependOn.map { .string($0) }), "status": "success",
            "reason": "", "attempt": .int64(1), "version": .int64((1 << 32) + Int64(number)), "worker": "floor", "params": [:],
            "startedAt": now, "endedAt": now,
        ]
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

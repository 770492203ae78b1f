import BSON
import Engine
import MongoDriver
import Swiftflow
import Workflow

/// Real nodes on a database of their own.
final class EngineTrial {
    let commander: Commander
    let client: MongoClient
    let database: String
    private let backend: Backend
    private(set) var nodes: [NodeProcess] = []

    init(url: String, client: MongoClient, database: String) async throws {
        backend = try await Backend.connect(url: url)
        self.client = client
        self.database = database
        commander = Commander(store: backend.store, keeper: backend.keeper)
    }

    func start(_ count: Int, url: String, arguments: [String] = []) async throws {
        for number in 0..<count { nodes.append(try NodeProcess(url: url, key: "node-\(number)", arguments: arguments)) }
        try await wait("the nodes to join", seconds: 30) {
            let (nodes, leader) = try await commander.nodes()
            return nodes.count { $0.isAlive } == count && leader != nil
        }
    }

    func stop() async {
        for node in nodes { node.stop() }
        nodes = []
        await backend.close()
    }

    func apply(_ dags: [Dag]) async throws {
        for dag in dags { _ = try await commander.apply(dag, source: "benchmark") }
    }

    var cpuSeconds: Double { nodes.reduce(0) { $0 + $1.cpuSeconds } }

    /// Submits a workload and waits until every run has ended.
    /// - Returns: from before the first submission until the last run was seen as ended.
    func run(_ workload: Workload) async throws -> Duration {
        let requests = workload.runs.map { RunRequest(dagId: workload.dags[$0].id) }
        let clock = ContinuousClock()
        let start = clock.now
        let submitted = try await commander.run(requests)
        try await waitUntilAllEnded()
        let took = clock.now - start
        unchecked.append((submitted, workload))
        return took
    }

    func waitUntilAllEnded() async throws {
        let open = InstanceQuery(statuses: [.`init`, .scheduled, .running], limit: 1)
        try await wait("all runs to end", seconds: 300) { try await commander.list(open).elements.isEmpty }
    }

    /// Makes sure that all that was submitted has succeeded, task by task.
    func check() async throws {
        for (submitted, workload) in exchange(&unchecked, with: []) { try await check(submitted, workload) }
    }

    private var unchecked: [([Result<DagInstance, CommandError>], Workload)] = []

    private func check(_ submitted: [Result<DagInstance, CommandError>], _ workload: Workload) async throws {
        let ids = try submitted.map { try $0.get().id }
        let (instances, tasks) = (Namespace(database, "dag_instance"), Namespace(database, "task_instance"))
        let (ended, recorded) = try await client.run("check") { connection in
            var (ended, recorded) = (0, 0)
            for id in ids {
                ended += try connection.find(
                    instances, filter: ["_id": .string(id), "status": "success"], projection: ["_id": 1], limit: 1
                ).count
                let range: Document = ["$gt": .string("\(id)/"), "$lt": .string("\(id)0")]
                recorded += try connection.find(
                    tasks, filter: ["_id": .document(range), "status": "success"], projection: ["_id": 1], limit: 200_000
                ).count
            }
            return (ended, recorded)
        }
        guard ended == ids.count, recorded == workload.tasks else {
            throw BenchmarkError("\(ended) of \(ids.count) runs and \(recorded) of \(workload.tasks) tasks succeeded")
        }
    }
}

/// Waits until something is so, asking every 5 ms.
func wait(_ what: String, seconds: Int, _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw BenchmarkError("waited \(seconds) s for \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

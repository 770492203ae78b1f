import Engine
import Logging
import Workflow

/// A node whose store answers at once, with one DAG of tasks that do nothing.
actor InstantNode {
    private let store = InstantStore()
    private let host = SteppedHost()
    private let node: Node
    private let commander: Commander
    private let running: Task<Void, any Error>
    private let dagId: String
    private var submitted = 0

    init(_ dag: Dag) async throws {
        var registry = ActionRegistry()
        try registry.register("noop") { _ in }
        var logger = Logger(label: "micro")
        logger.logLevel = .error
        let keeper = InstantKeeper()
        let node = try Node(
            configuration: NodeConfiguration(key: "worker-1", leaseTTL: .seconds(1_000_000)), store: store, keeper: keeper,
            registry: registry, host: host, logger: logger)
        self.node = node
        commander = Commander(store: store, keeper: keeper)
        dagId = dag.id
        _ = try await commander.apply(dag, source: "micro")
        running = Task { try await node.run() }
        await keeper.waitForListener()
    }

    /// Submits so many runs, and waits until they have ended.
    func run(_ count: Int) async throws {
        let requests = (submitted..<submitted + count).map { RunRequest(dagId: dagId, id: "20260101T000000.123Z-\(1_000_000 + $0)") }
        submitted += count
        for result in try await commander.run(requests) { _ = try result.get() }
        try await store.waitUntilAllEnded()
        // What the node watches for a while falls due, so that it does not add up.
        host.step(.seconds(2))
    }

    func stop() async {
        node.stopAtOnce()
        try? await running.value
    }
}

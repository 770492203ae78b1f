import Engine
import Logging
import ServiceLifecycle
import Swiftflow
import Workflow

/// A node of this process with a file of its own.
struct EngineOnFile {
    let path: String
    let synchronous: String

    /// Submits runs of a chain of empty tasks, and waits until all have succeeded.
    /// - Returns: from before the submission until the last was seen as ended.
    func run(_ count: Int, length: Int) async throws -> Duration {
        let quiet = Logger(label: "embedded") { _ in SwiftLogNoOpLogHandler() }
        let backend = try await Backend.connect(url: "sqlite:\(path)?synchronous=\(synchronous)", logger: quiet)
        let commander = Commander(store: backend.store, keeper: backend.keeper)
        var actions = ActionRegistry()
        try actions.register("noop") { _ in }
        var configuration = NodeConfiguration(key: "embedded")
        configuration.capacity = 1_000
        let node = try Node(
            configuration: configuration, store: backend.store, keeper: backend.keeper, registry: actions, logger: quiet)
        let chain = Dag(id: "chain", tasks: (0..<length).map { Self.task($0) })
        _ = try await commander.apply(chain, source: "benchmark")
        let group = ServiceGroup(services: [node], logger: quiet)
        let took = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            while try await commander.nodes().leader == nil { try await Task.sleep(for: .milliseconds(5)) }
            let start = ContinuousClock.now
            for outcome in try await commander.run(Array(repeating: RunRequest(dagId: "chain"), count: count)) { _ = try outcome.get() }
            let open = InstanceQuery(statuses: [.`init`, .scheduled, .running], limit: 1)
            while try await !commander.list(open).elements.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let took = ContinuousClock.now - start
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return took
        }
        try await check(count, commander)
        await backend.close()
        return took
    }

    private func check(_ count: Int, _ commander: Commander) async throws {
        var (ended, next): (Int, String?) = (0, nil)
        repeat {
            let page = try await commander.list(InstanceQuery(statuses: [.success], after: next, limit: 1_000))
            (ended, next) = (ended + page.elements.count, page.next)
        } while next != nil
        guard ended == count else { throw EmbeddedError("\(ended) of \(count) runs succeeded") }
    }

    private static func task(_ number: Int) -> Dag.Task {
        Dag.Task(id: "t\(number)", actionName: "noop", dependOn: number == 0 ? [] : ["t\(number - 1)"])
    }
}

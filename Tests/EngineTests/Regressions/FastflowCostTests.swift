import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Workflow

@testable import Engine

/// What a run costs and how long nobody waits, on a machine on which no time passes: what needs a poll or a timer there never happens.
@Suite("fastflow regressions: cost", .timeLimit(.minutes(2)))
struct FastflowCostTests {
    @Test("fastflow 11: from its submission to its end a run never waits for a poll")
    func noPolls() async throws {
        try await withFrozenNode { cluster in
            for number in 0..<5 {
                try await cluster.run(.chain("d", ("a", "step"), ("b", "step"), ("c", "step")), id: "run-\(number)")
                try await cluster.backend.wait(for: "run-\(number)", toBe: [.success])
            }
        }
    }

    @Test("fastflow 12: each trace line is written once, into documents of its own of bounded size")
    func traces() async throws {
        let texts = (0..<3_000).map { "line \($0) \(String(repeating: "x", count: 100))" }
        let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["lines": .array(texts.map { .string($0) })])])
        let written = Watched<[TraceChunk]>([])
        try await withFrozenNode(onRecord: { batch in written.change { $0 += batch.traces } }) { cluster in
            try await cluster.run(dag)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(written.value.flatMap(\.lines).map(\.message) == texts)
            #expect(written.value.allSatisfy { $0.lines.reduce(0) { $0 + $1.message.utf8.count } <= 64 << 10 })
            #expect(cluster.backend.state.value.history.count { $0.task?.id == "run/a" } == 1)
        }
    }

    @Test("fastflow sights: a chain costs one write a task and one for its end")
    func chain() async throws {
        var dag = Dag(id: "d")
        for number in 0..<50 {
            dag.tasks.append(.init(id: "t\(number)", actionName: "step", dependOn: number == 0 ? [] : ["t\(number - 1)"]))
        }
        let writes = Watched(0)
        try await withFrozenNode(onRecord: { batch in if batch.concerns("run") { writes.change { $0 += 1 } } }) { [dag] cluster in
            try await cluster.run(dag)
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(writes.value == 51)
        }
    }

    @Test("fastflow sights: tasks that end while a write is under way are written together")
    func groupCommit() async throws {
        let dag = Dag(id: "d", tasks: (0..<200).map { .init(id: "t\($0)", actionName: "step") })
        let (writes, isOpen) = (Watched(0), Watched(false))
        let hold: @Sendable (RecordBatch) async throws -> Void = { batch in
            guard batch.concerns("run") else { return }
            writes.change { $0 += 1 }
            try await isOpen.wait(for: "all tasks to have ended") { $0 }
        }
        try await withFrozenNode(onRecord: hold) { cluster in
            try await cluster.run(dag)
            try await cluster.actions.journal.wait(for: "all tasks to end") { $0.ended.count { $0.run == "run" } == 200 }
            isOpen.change { $0 = true }
            try await cluster.backend.wait(for: "run", toBe: [.success])
            // One that was held, one with most of the others, the end of the run; and some where the last ones were still on their way.
            #expect(writes.value <= 20)
        }
    }

    // MARK: Setting up

    /// Runs `body` beside a node on which no time passes, once the node has shown that it hears hints.
    private func withFrozenNode(
        onRecord: @escaping @Sendable (RecordBatch) async throws -> Void = { _ in },
        _ body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withCluster { cluster in
            var store = HookedStore(cluster.backend.store)
            store.onRecord = onRecord
            let configuration = NodeConfiguration(key: "w1", leaseTTL: .seconds(3_600), blockingThreads: 1, pollInterval: .seconds(3_600))
            let node = try Node(
                configuration: configuration, store: store, keeper: cluster.backend.keeper, registry: cluster.actions.registry(),
                host: FrozenHost(), logger: quiet)
            let services = ServiceGroup(services: [node], logger: quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await services.run() }
                try await warmUp(cluster)
                try await body(cluster)
            }
        }
    }

    /// Hints are not kept for those who listen later: sends them until a first run is through.
    private func warmUp(_ cluster: Cluster) async throws {
        try await cluster.run(.chain("first", ("a", "step")), id: "first")
        while cluster.backend.state.value.instances["first"]?.status != .success {
            try Task.checkCancellation()
            await cluster.backend.keeper.signal([.dispatch])
            await Task.yield()
        }
    }
}

/// A machine on which no time passes.
private struct FrozenHost: Host {
    let now = ContinuousClock.Instant.now

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        guard deadline > now else { return }
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }

    func random() -> UInt64 { .random(in: .min ... .max) }
}

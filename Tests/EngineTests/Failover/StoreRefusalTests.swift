import Engine
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Workflow

/// What a run makes of a store that does not take what it is given: T19 of docs/guarantees.md.
@Suite("Records that the store does not take", .timeLimit(.minutes(2)))
struct StoreRefusalTests {
    @Test("T19: while the disk of the store is full records wait, nothing fails and nothing runs twice")
    func diskFull() async throws {
        let failures = Watched(0)
        try await withNode { batch in
            guard batch.concerns("run"),
                failures.change({
                    $0 += 1; return $0
                }) <= 4
            else { return }
            throw StoreError(.unavailable, "the disk is full", outcome: failures.value % 2 == 0 ? .notApplied : .unknown)
        } _: { cluster in
            try await cluster.run(.chain("d", ("a", "step"), ("b", "step")))
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(failures.value > 4)
            #expect(cluster.actions.journal.value.started.map(\.task) == ["a", "b"])
        }
    }

    @Test("T19: a run whose sum is refused ends as failed with the reason, owned by nobody, its tasks as they ended")
    func refusedRun() async throws {
        let dag = Dag(id: "d", tasks: [.init(id: "a", actionName: "echo", params: ["share": ["k": "v"]])])
        try await withNode { batch in
            if batch.instances.contains(where: { !$0.shareData.isEmpty }) { throw StoreError(.refused, "the document is too large") }
        } _: { cluster in
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed && run.instance.session == nil)
            #expect(run.instance.reason == "the run cannot be stored: the document is too large")
            #expect(run.statuses == ["a": .success])
        }
    }

    @Test("T19: a task of which not even the failure can be stored runs once and fails its run, which says why")
    func refusedForGood() async throws {
        var dag = Dag.chain("d", ("poison", "step"), ("after", "step"))
        dag.tasks.append(.init(id: "good", actionName: "step"))
        try await withNode { batch in
            guard batch.tasks.contains(where: { $0.task.taskId == "poison" }) else { return }
            throw StoreError(.refused, "the collection takes no such document")
        } _: { [dag] cluster in
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed && run.instance.session == nil)
            #expect(
                run.instance.reason == "task 'poison' failed: its result cannot be stored: the collection takes no such document")
            #expect(run.statuses == ["poison": .`init`, "after": .`init`, "good": .success])
            #expect(cluster.actions.journal.value.started.map(\.task).sorted() == ["good", "poison"])
        }
    }

    // MARK: Setting up

    private func withNode(
        onRecord: @escaping @Sendable (RecordBatch) async throws -> Void, _ body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withCluster { cluster in
            var store = HookedStore(cluster.backend.store)
            store.onRecord = onRecord
            let configuration = NodeConfiguration(key: "w1", leaseTTL: .seconds(20), blockingThreads: 1, pollInterval: .milliseconds(100))
            let node = try Node(
                configuration: configuration, store: store, keeper: cluster.backend.keeper, registry: cluster.actions.registry(),
                logger: quiet)
            let services = ServiceGroup(services: [node], logger: quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await services.run() }
                try await body(cluster)
            }
        }
    }
}

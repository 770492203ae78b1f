import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Workflow

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Holes that the protocol had once, or that look likely.
@Suite("Protocol regressions")
struct ProtocolRegressionTests {
    // MARK: Setting up

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` beside a node with a store and actions of the test's own.
    private func withNode(
        _ cluster: Cluster, store: any Store, grace: Duration = .seconds(20), capacity: Int = 1_000, dagDirectory: String? = nil,
        registry: ActionRegistry? = nil, _ body: (ServiceGroup) async throws -> Void
    ) async throws {
        let configuration = NodeConfiguration(
            key: "w1", dagDirectory: dagDirectory, leaseTTL: .seconds(20), capacity: capacity, concurrentTasks: 64, blockingThreads: 1,
            gracePeriod: grace, pollInterval: .milliseconds(100))
        let node = try Node(
            configuration: configuration, store: store, keeper: cluster.backend.keeper,
            registry: registry ?? cluster.actions.registry(), logger: quiet)
        let services = ServiceGroup(services: [node], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await services.run() }
            try await body(services)
        }
    }

    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "swiftflow-\(UInt64.random(in: 0...UInt64.max))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func write(_ id: String, tasks: [String], _ directory: String, _ name: String) throws {
        let lines = ["id: \(id)", "tasks:"] + tasks.flatMap { ["- id: \($0)", "  actionName: step"] }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }

    // MARK: Assigned runs

    @Test("a run that ends while the list of assigned runs is on its way is not started again")
    func endsWhileListed() async throws {
        try await withCluster { cluster in
            let (records, listed) = (Gate(), Gate())
            let reads = Watched((ofRun: 0, afterwards: 0))
            let rooms = Watched(0)
            var store = HookedStore(cluster.backend.store)
            // Until it is let go, the store has the run as it was assigned: scheduled, nothing written by its owner.
            store.onRecord = { _ in try await records.pass() }
            store.onAssigned = { page in
                let isListed = page.elements.contains { $0.id == "run" }
                let number = reads.change { reads in
                    if isListed { reads.ofRun += 1 } else if listed.isOpen { reads.afterwards += 1 }
                    return reads.ofRun
                }
                if isListed, number == 2 { try await listed.pass() }
            }
            // A full node says that it has room when a run has left it; to itself, if it leads, so somebody else does.
            _ = try await cluster.backend.keeper.campaign(key: "w0", session: "s0", ttl: .seconds(3_600))
            try await withNode(cluster, store: store, capacity: 1) { _ in
                try await cluster.backend.wait(for: "w1 to join") { $0.nodes["w1"]?.isAlive == true }
                try await cluster.insertOwned(.chain("d", ("a", "step")), session: cluster.session(of: "w1"), worker: "w1")
                try await listed.arrival()
                try await cluster.actions.journal.wait(for: "a to end") { !$0.ended.isEmpty }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask {
                        await cluster.backend.keeper.listenAsLeader { hint in
                            if case .dispatch = hint { rooms.change { $0 += 1 } }
                        }
                    }
                    group.addTask {
                        // Until the listener hears, then once more: hints are not kept for those who come later.
                        while rooms.value == 0, !Task.isCancelled {
                            await cluster.backend.keeper.signal([.dispatch])
                            await Task.yield()
                        }
                    }
                    try await rooms.wait(for: "the listener") { $0 > 0 }
                    try await group.next()
                    let before = rooms.value
                    records.open()
                    let end = try await cluster.backend.wait(for: "run", toBe: [.success])
                    try await rooms.wait(for: "the run to have left its node") { $0 > before }
                    listed.open()
                    try await reads.wait(for: "two more looks") { $0.afterwards >= 2 }
                    #expect(cluster.backend.state.value.instances["run"] == end)
                }
                #expect(cluster.actions.journal.value.started.map(\.task) == ["a"])
            }
        }
    }

    // MARK: Dispatch

    @Test("runs that no node can run, more than fit into a tick, keep no later run waiting")
    func longQueue() async throws {
        try await withCluster { cluster in
            guard case .applied(let fax) = try await cluster.commander.apply(.chain("stuck", ("a", "fax")), source: "test") else { return }
            for number in 0..<1_001 {
                _ = try await cluster.backend.store.submit(
                    DagInstance(
                        id: "stuck-\(number)", dagId: "stuck", dagVersion: fax.version, createdAt: Date(timeIntervalSince1970: 1)))
            }
            try await cluster.join("w1")
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success)
            #expect(cluster.backend.state.value.instances.values.count { $0.status == .`init` } == 1_001)
        }
    }

    @Test("runs whose definition is missing, waiting or left by a lost node, keep no other run waiting")
    func missingDefinitions() async throws {
        try await withCluster { cluster in
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: "gone", worker: "w0") { $0.dagVersion = "nowhere" }
            for number in 0..<3 {
                _ = try await cluster.backend.store.submit(
                    DagInstance(
                        id: "lost-\(number)", dagId: "lost", dagVersion: "v\(number)", createdAt: Date(timeIntervalSince1970: 1)))
            }
            try await cluster.join("w1")
            let other = try await cluster.finish(.chain("d", ("a", "step")), id: "other")
            #expect(other.instance.status == .success)
            let instances = cluster.backend.state.value.instances
            #expect((0..<3).allSatisfy { instances["lost-\($0)"]?.status == .`init` })
            #expect(instances["run"]?.session == "gone")
        }
    }

    // MARK: Definition files

    @Test("a file that cannot be applied keeps neither other files nor runs waiting", arguments: StoreError.Kind.allCases)
    func refusedFile(kind: StoreError.Kind) async throws {
        try await withDirectory { directory in
            for id in ["a", "b", "c"] { try write(id, tasks: ["t"], directory, "\(id).yaml") }
            try await withCluster { cluster in
                var store = HookedStore(cluster.backend.store)
                store.onApply = { if $0.id == "b" { throw StoreError(kind, "no") } }
                try await withNode(cluster, store: store, dagDirectory: directory) { _ in
                    try await cluster.backend.wait(for: "the files around it") { $0.dags["a"] != nil && $0.dags["c"] != nil }
                    #expect(cluster.backend.state.value.dags["b"] == nil)
                    _ = try await cluster.commander.run(dagId: "c", id: "run")
                    try await cluster.backend.wait(for: "run", toBe: [.success])
                }
            }
        }
    }

    @Test("a new leader leaves a definition alone that was applied by hand since, and applies what is new")
    func appliedByHand() async throws {
        try await withDirectory { directory in
            try write("one", tasks: ["a"], directory, "one.yaml")
            try await withCluster { cluster in
                let first = try cluster.start("w1", dagDirectory: directory)
                try await cluster.backend.wait(for: "the file") { $0.dags["one"] != nil }
                await first.stop()
                try await first.ended()
                _ = try await cluster.commander.apply(.chain("one", ("a", "step"), ("b", "step")), source: "hand")
                // Files are looked at in order of name: when the second is there, the first has been looked at.
                try write("two", tasks: ["a"], directory, "two.yaml")
                try cluster.start("w2", dagDirectory: directory)
                try await cluster.backend.wait(for: "the new file") { $0.dags["two"] != nil }
                let one = try #require(cluster.backend.state.value.dags["one"])
                #expect(one.source == "hand" && one.revision == 2 && one.dag.tasks.count == 2)
                try write("one", tasks: ["a", "b", "c"], directory, "one.yaml")
                await cluster.backend.keeper.signal([.dispatch])
                try await cluster.backend.wait(for: "the edited file") { $0.dags["one"]?.dag.tasks.count == 3 }
            }
        }
    }

    // MARK: Records

    @Test("of a batch that the store refuses as a whole only the task fails that it is about")
    func refusedBatch() async throws {
        try await withCluster { cluster in
            let neighbours = (0..<50).map { "good-\($0)" }
            let gate = Gate()
            let refused = Watched<[Int]>([])
            var store = HookedStore(cluster.backend.store)
            store.onRecord = { batch in
                try await gate.pass()
                guard batch.tasks.contains(where: { $0.task.id == "bad/z" && $0.task.status == .success }) else { return }
                refused.change { $0.append(batch.tasks.count + batch.instances.count + batch.traces.count) }
                throw StoreError(.refused, "a document of the batch is not to be had")
            }
            try await withNode(cluster, store: store) { _ in
                for id in neighbours.prefix(40) { try await cluster.run(.chain("good", ("a", "step"), ("b", "step")), id: id) }
                // Both shards of the recorder are held now; what comes from here on is in one batch with others.
                try await gate.arrival(of: 2)
                for id in neighbours.dropFirst(40) { try await cluster.run(.chain("good", ("a", "step"), ("b", "step")), id: id) }
                try await cluster.run(.chain("bad", ("z", "wait")), id: "bad")
                try await cluster.actions.wait(forStartOf: "z")
                cluster.actions.open("z")
                try await cluster.actions.journal.wait(for: "all to end") { $0.ended.count == 51 }
                // Most likely the result of z is with the recorder by then, among others: `refusedAlone` makes sure of it.
                for _ in 0..<1_000 { await Task.yield() }
                gate.open()
                for id in neighbours { try await cluster.backend.wait(for: id, toBe: [.success]) }
                try await cluster.backend.wait(for: "bad", toBe: [.failed])
            }
            let bad = try await cluster.commander.show("bad").task("z")
            #expect(bad.status == .failed)
            #expect(bad.reason == "its result cannot be stored: a document of the batch is not to be had")
            #expect(refused.value.last == 1)
            let journal = cluster.actions.journal.value
            #expect(journal.starts(of: "z").count == 1 && journal.started.count == 101)
        }
    }

    @Test("a refused batch is written in parts until the record that it is about stands alone, and the others are reported as written")
    func refusedAlone() async throws {
        let reports = Watched<[Int: RecorderReport]>([:])
        let sizes = Watched<[Int]>([])
        let backend = MemoryBackend()
        var store = HookedStore(backend.store)
        store.onRecord = { batch in
            sizes.change { $0.append(batch.tasks.count) }
            if batch.tasks.contains(where: { $0.task.dagInsId == "run-7" }) { throw StoreError(.refused, "no") }
        }
        let recorder = Recorder(store: store, worker: "w", shards: 1, logger: quiet)
        // All are handed over before the recorder begins, so they are one batch.
        for number in 0..<20 {
            let task = TaskInstance(
                dagInsId: "run-\(number)", dagId: "d", taskId: "t", actionName: "a", status: .success, version: RecordVersion(epoch: 1),
                worker: "w")
            recorder.shard(of: task.dagInsId).record(TaskRecord(task: task, isFirst: true), number: number) { report in
                reports.change { $0[number] = report }
            }
        }
        recorder.finish()
        await recorder.run()
        #expect(sizes.value.first == 20)
        #expect(backend.state.value.tasks.count == 19 && reports.value.count == 20)
        for (number, report) in reports.value {
            switch report {
            case .taskRecorded: #expect(number != 7)
            case .taskRefused(_, _, let why): #expect(number == 7 && why == "no")
            default: Issue.record("task \(number): \(report)")
            }
        }
    }

    @Test("share data of two tasks side by side that is too much together fails the one that ends later, and the run ends")
    func shareDataExcess() async throws {
        func task(_ id: String) -> Dag.Task {
            .init(id: id, actionName: "echo", params: ["share": [id: .string(String(repeating: "x", count: 600_000))]])
        }
        var dag = Dag(id: "d", tasks: [task("a"), task("b")])
        dag.tasks.append(.init(id: "c", actionName: "step", dependOn: ["a", "b"]))
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            let run = try await cluster.finish(dag)
            #expect(run.instance.status == .failed && run.instance.session == nil)
            let failed = run.tasks.filter { $0.status == .failed }
            #expect(failed.count == 1)
            #expect(failed.first?.reason.contains("share data would have 12") == true)
            #expect(failed.first?.reason.contains("more than the 1048576 allowed") == true)
            #expect(run.statuses.filter { $0.value == .success }.count == 1 && run.statuses["c"] == .`init`)
        }
    }

    // MARK: Stopping

    @Test("a task that ends well although the grace period is over counts as success", arguments: [nil, 3_600])
    func successAtTheEnd(timeout: Int?) async throws {
        var dag = Dag.chain("d", ("a", "stubborn"), ("b", "step"))
        dag.tasks[0].timeoutSecs = timeout
        try await withCluster { [dag] cluster in
            var registry = try cluster.actions.registry()
            let begun = Gate()
            try registry.register("stubborn") { _ in
                begun.open()
                // Ends when it is cancelled, a while after the timer of its timeout, and well.
                for await _ in AsyncStream<Never>.makeStream().stream {}
                for _ in 0..<100 { await Task.yield() }
            }
            try await withNode(cluster, store: cluster.backend.store, grace: .milliseconds(50), registry: registry) { services in
                try await cluster.run(dag)
                try await begun.pass()
                await services.triggerGracefulShutdown()
                try await cluster.backend.wait(for: "w1 to leave") { $0.nodes["w1"]?.isAlive == false }
            }
            let task = try #require(cluster.backend.state.value.tasks["run/a"])
            #expect(task.status == .success && task.attempt == 1)
            #expect(cluster.backend.state.value.instances["run"]?.status == .`init`)
            try cluster.start("w2", adding: ["stubborn"])
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.started.map(\.task) == ["b"])
        }
    }
}

/// Holds those who come until it is opened.
private struct Gate: Sendable {
    private let state = Watched((waiting: 0, isOpen: false))

    var isOpen: Bool { state.value.isOpen }

    func open() { state.change { $0.isOpen = true } }

    func arrival(of calls: Int = 1) async throws {
        try await state.wait(for: "\(calls) calls to arrive at the gate") { $0.waiting >= calls }
    }

    func pass() async throws {
        state.change { $0.waiting += 1 }
        try await state.wait(for: "the gate to be opened", within: .seconds(60)) { $0.isOpen }
    }
}

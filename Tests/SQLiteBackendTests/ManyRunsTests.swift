import Engine
import SQLiteBackend
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("SQLite: ten thousand runs in one file", .timeLimit(.minutes(2)))
struct ManyRunsTests {
    private static let statuses: [DagInstanceStatus] = [
        .success, .success, .success, .success, .success, .failed, .canceled, .running, .`init`, .parked,
    ]

    /// Runs of ten DAGs in all sorts of statuses, with three tasks each.
    private func fill(_ store: any Store, _ count: Int) async throws {
        for start in stride(from: 0, to: count, by: 1_000) {
            let runs = (start..<min(start + 1_000, count)).map { number in
                var run = DagInstance(
                    id: "run-\(number)", dagId: "dag-\(number / 10 % 10)", dagVersion: "v",
                    createdAt: Date(timeIntervalSince1970: 1_700_000_000 + Double(number)))
                run.status = Self.statuses[number % 10]
                if run.status.isOwned { run.session = "s\(number % 3)" }
                return run
            }
            _ = try await store.submit(runs)
            let tasks = runs.flatMap { run in
                ["a", "b", "c"].map { id in
                    TaskRecord(
                        task: TaskInstance(
                            dagInsId: run.id, dagId: run.dagId, taskId: id, actionName: "noop", status: .success,
                            version: RecordVersion(epoch: 1),
                            worker: "w"), isFirst: true)
                }
            }
            _ = try await store.record(RecordBatch(tasks: tasks))
        }
    }

    /// What `commander list` and `show`, a leader and a node ask.
    private static let questions: [(name: String, ask: @Sendable (any Store) async throws -> Void)] = [
        ("list", { _ = try await $0.instances(InstanceQuery()) }),
        ("list of a DAG", { _ = try await $0.instances(InstanceQuery(dagId: "dag-3")) }),
        ("list of what failed of a DAG", { _ = try await $0.instances(InstanceQuery(dagId: "dag-3", statuses: [.failed], limit: 10)) }),
        ("list of what runs", { _ = try await $0.instances(InstanceQuery(statuses: [.running])) }),
        ("a page in the middle", { _ = try await $0.instances(InstanceQuery(after: "1700000050000/run-50")) }),
        (
            "show",
            { store in
                _ = try await store.instance(id: "run-77")
                _ = try await store.tasks(of: "run-77", runEpoch: 0)
            }
        ),
        ("queue", { _ = try await $0.pending(limit: 10) }),
        ("how many wait", { _ = try await $0.waitingRuns(of: nil, limit: 5) }),
        ("a session's runs", { _ = try await $0.assigned(to: "s1", after: nil, limit: 3) }),
    ]

    private func quickest(_ store: any Store, _ ask: (any Store) async throws -> Void) async throws -> Duration {
        var best = Duration.seconds(3_600)
        for _ in 0..<15 {
            let start = ContinuousClock.now
            try await ask(store)
            best = min(best, .now - start)
        }
        return best
    }

    @Test("no question takes longer because there are a hundred times as many runs")
    func growth() async throws {
        try await TemporaryFile.with { few in
            try await TemporaryFile.with { many in
                let (small, large) = (try await SQLiteBackend.open(few.location), try await SQLiteBackend.open(many.location))
                try await fill(small.store, 100)
                try await fill(large.store, 10_000)
                for (name, ask) in Self.questions {
                    let (before, after) = (try await quickest(small.store, ask), try await quickest(large.store, ask))
                    // A page is at most 50 runs in either; the list of all is the largest.
                    #expect(after < before * 6 + .milliseconds(5), "\(name): \(before) for 100 runs, \(after) for 10,000")
                }
                small.close()
                large.close()
            }
        }
    }

    @Test("all pages together have every run once, newest first, with and without a filter")
    func pages() async throws {
        try await TemporaryFile.with { file in
            let backend = try await SQLiteBackend.open(file.location)
            try await fill(backend.store, 10_000)
            for (dag, statuses, count) in [
                (nil, [], 10_000), ("dag-3", [], 1_000), ("dag-3", [.failed, .canceled], 200), ("dag-3", [.running], 100),
                (nil, [.success], 5_000),
            ] as [(String?, Set<DagInstanceStatus>, Int)] {
                var (seen, next): ([DagInstance], String?) = ([], nil)
                repeat {
                    let page = try await backend.store.instances(
                        InstanceQuery(dagId: dag, statuses: statuses, after: next, limit: 1_000))
                    (seen, next) = (seen + page.elements, page.next)
                } while next != nil
                #expect(seen.count == count && Set(seen.map(\.id)).count == count)
                #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.createdAt > $1.createdAt })
                #expect(seen.allSatisfy { (dag ?? $0.dagId) == $0.dagId && (statuses.isEmpty || statuses.contains($0.status)) })
            }
            backend.close()
        }
    }
}

import Engine
import Testing
import Workflow

@Suite("Store: recording")
struct RecordingConformanceTests {
    private let version = RecordVersion(epoch: 2, counter: 5)

    @Test("a first task document is inserted, and comes back with everything in it", arguments: Backend.allCases)
    func insert(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            #expect(try await fixture.store.record(fullTask(version), isFirst: true) == .written)
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0) == [fullTask(version)])
        }
    }

    @Test("a task comes back with its time to go on and all its history", arguments: Backend.allCases)
    func history(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            var task = fullTask(version)
            (task.status, task.wakeAt, task.history) = (.parked, date(9), fullHistory())
            #expect(try await fixture.store.record(task, isFirst: true) == .written)
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0) == [task])
        }
    }

    @Test("sending a record again is harmless, be it a first one or an update", arguments: Backend.allCases)
    func again(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let end = task("a", version.next)
            for _ in 0..<2 { #expect(try await fixture.store.record(task("a", version, status: .running), isFirst: true) == .written) }
            for _ in 0..<2 { #expect(try await fixture.store.record(end, isFirst: false) == .written) }
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0) == [end])
        }
    }

    @Test("a delayed older record never lands on a newer one, first or not", arguments: Backend.allCases)
    func older(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let newer = task("a", version, output: "new")
            _ = try await fixture.store.record(newer, isFirst: true)
            let older = task("a", RecordVersion(epoch: 2, counter: 4), output: "old")
            #expect(try await fixture.store.record(older, isFirst: true) == .fenced)
            #expect(try await fixture.store.record(older, isFirst: false) == .fenced)
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0) == [newer])
        }
    }

    @Test("a first document that meets a zombie's stray replaces it whole", arguments: Backend.allCases)
    func stray(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.record(task("a", RecordVersion(epoch: 1, counter: 9), output: "stray"), isFirst: true)
            let mine = task("a", version)
            #expect(try await fixture.store.record(mine, isFirst: true) == .written)
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0) == [mine])
        }
    }

    @Test("an update of a document that is gone is fenced, not an insert", arguments: Backend.allCases)
    func missing(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            #expect(try await fixture.store.record(task("a", version), isFirst: false) == .fenced)
            #expect(try await fixture.store.record(owned(by: "s")) == .fenced)
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0).isEmpty)
            #expect(try await fixture.store.instance(id: "run") == nil)
        }
    }

    @Test("an instance is written under the version rule", arguments: Backend.allCases)
    func instances(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.submit(owned(by: "s", version: version, runEpoch: 2))
            var end = owned(by: "s", version: version.next, runEpoch: 2)
            end.status = .success
            end.session = nil
            end.shareData = ["a.b": "c"]
            end.endedAt = date(3)
            for _ in 0..<2 { #expect(try await fixture.store.record(end) == .written) }
            #expect(try await fixture.store.record(owned(by: "s", version: version, runEpoch: 2)) == .fenced)
            #expect(try await fixture.store.instance(id: "run") == end)
        }
    }

    @Test("after a run was given to another, no record of its former owner lands", arguments: Backend.allCases)
    func formerOwner(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let run = owned(by: "old", version: version, runEpoch: 2)
            _ = try await fixture.store.submit(run)
            _ = try await fixture.store.assign([assignment(of: run, to: "new")])
            var late = run
            late.version = RecordVersion(epoch: 2, counter: 0xFFFF)
            late.status = .failed
            #expect(try await fixture.store.record(late) == .fenced)
            #expect(try await fixture.store.instance(id: "run")?.session == "new")
        }
    }

    @Test("one bad record never disturbs its neighbours", arguments: Backend.allCases)
    func refused(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let large = Value.string(String(repeating: "x", count: 17 << 20))
            _ = try await fixture.store.record(task("known", version), isFirst: true)
            let records = [
                TaskRecord(task: task("a", version), isFirst: true), TaskRecord(task: task("large", version, output: large), isFirst: true),
                TaskRecord(task: task("known", version.next, output: large), isFirst: false),
                TaskRecord(task: task("b", version), isFirst: true),
            ]
            let result = try await fixture.store.record(RecordBatch(tasks: records))
            try #require(result.tasks.count == 4)
            #expect(result.tasks[0] == .written && result.tasks[3] == .written)
            for outcome in result.tasks[1...2] {
                if case .refused(let why) = outcome { #expect(!why.isEmpty) } else { Issue.record("\(outcome)") }
            }
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 0).map(\.taskId) == ["a", "b", "known"])
        }
    }

    @Test("a batch of 1,000 mixed records says of each, in order, what became of it", arguments: Backend.allCases)
    func mixed(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let old = RecordVersion(epoch: 1, counter: 1)
            let higher = RecordVersion(epoch: 3)
            let prepared = (0..<1_000).filter { $0 % 5 > 0 && $0 % 5 < 4 }.map { number in
                TaskRecord(task: task("t\(number)", [old, version, higher][number % 5 - 1]), isFirst: true)
            }
            _ = try await fixture.store.record(RecordBatch(tasks: prepared))
            let records = (0..<1_000).map { TaskRecord(task: task("t\($0)", version), isFirst: $0 % 2 == 0) }
            let outcomes = try await fixture.store.record(RecordBatch(tasks: records)).tasks
            try #require(outcomes.count == 1_000)
            for number in 0..<1_000 {
                let expected: RecordOutcome =
                    switch number % 5 {
                    case 1, 2: .written  // a lower version, and the same one
                    case 3: .fenced  // a higher version
                    default: number % 2 == 0 ? .written : .fenced  // nothing there: only a first document may be inserted
                    }
                #expect(outcomes[number] == expected, "\(number)")
            }
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 2).count == 800)
        }
    }

    @Test("two records of different kinds in one batch are answered each in its place", arguments: Backend.allCases)
    func kinds(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.submit(owned(by: "s", version: version, runEpoch: 2))
            let batch = RecordBatch(
                instances: [owned("none", by: "s"), owned(by: "s", version: version.next, runEpoch: 2)],
                tasks: [TaskRecord(task: task("a", version), isFirst: true)], traces: [chunk(0)])
            let result = try await fixture.store.record(batch)
            #expect(result == RecordResult(instances: [.fenced, .written], tasks: [.written], traces: [.written]))
            #expect(try await fixture.store.record(RecordBatch()) == RecordResult(instances: [], tasks: [], traces: []))
        }
    }

    @Test("trace chunks are inserted once, however often they are sent, and come in order", arguments: Backend.allCases)
    func traces(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let chunks = [
                chunk(0, lines: ["ä", "", "{\"a\":1}"]), chunk(1), chunk(16), chunk(0, attempt: 2), chunk(0, epoch: 2), chunk(0, of: "b"),
            ]
            for batch in [Array(chunks.shuffled()), chunks] {
                #expect(try await fixture.store.record(RecordBatch(traces: batch)).traces == batch.map { _ in .written })
            }
            _ = try await fixture.store.record(RecordBatch(traces: [chunk(0, run: "run2")]))
            let store = fixture.store
            #expect(try await store.traces(of: "run", taskId: nil, after: nil, limit: 100) == chunks)
            #expect(try await store.traces(of: "run", taskId: "a", after: nil, limit: 2) == Array(chunks.prefix(2)))
            #expect(try await store.traces(of: "run", taskId: "a", after: chunks[1].id, limit: 100) == Array(chunks[2..<5]))
            #expect(try await store.traces(of: "run", taskId: "b", after: nil, limit: 100) == [chunks[5]])
            #expect(try await store.traces(of: "run", taskId: nil, after: chunks[4].id, limit: 100) == [chunks[5]])
            #expect(try await store.traces(of: "none", taskId: nil, after: nil, limit: 100).isEmpty)
        }
    }
}

import Engine
import Records
import Synchronization
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Lines that were written.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

@Suite("Runs from one store in another")
struct ExportImportTests {
    private let exportedAt = date(60_000)
    private let dag = Dag(id: "d", name: "n", tasks: [.init(id: "full", actionName: "a", params: ["$date": "x", "half": 2.5])])

    private func export(_ store: any Store, _ choice: RunExport.Choice = .all(dagId: nil, since: nil)) async throws -> [String] {
        let lines = Lines()
        var export = RunExport(store: store) { lines.add($0) }
        try await export.run(choice, now: exportedAt)
        return lines.all
    }

    @discardableResult
    private func read(_ lines: [String], into store: any Store) async throws -> RunImport {
        var result = RunImport(store: store)
        for line in lines { try await result.take(Array(line.utf8.dropLast(line.hasSuffix("\n") ? 1 : 0))) }
        try result.finish()
        return result
    }

    /// A store with a run that has all that a run can have.
    private func source(status: DagInstanceStatus = .failed) async throws -> any Store {
        let store = Fixture.memory().store
        try await store.keepVersions([NewDefinition(dag: dag, version: "v1", source: "s")])
        var task = fullTask(RecordVersion(epoch: 2, counter: 7))
        task.history = fullHistory()
        let trace = (0..<450).map { number in
            TraceChunk(
                dagInsId: "run", taskId: "full", epoch: 2, attempt: 3, seq: number, worker: "w",
                lines: [TraceLine(at: date(number), level: .info, message: "line \(number) ä\u{0}")])
        }
        _ = try await store.record(RecordBatch(tasks: [TaskRecord(task: task, isFirst: true)], traces: trace))
        let run = instance { run in
            (run.status, run.reason, run.worker, run.version, run.runEpoch) = (
                status, "because", "w", RecordVersion(epoch: 2, counter: 9), 2
            )
            (run.vars, run.shareData, run.tags, run.claims) = (["v": "1"], ["old": "x"], ["t": "$y"], ["full": 3])
            (run.control, run.priority, run.startedAt) = (fullControl(), 5, date(10))
            run.endedAt = status.isFinal ? date(99) : nil
            if !status.isFinal { run.session = status.isOwned ? "s1" : nil }
        }
        _ = try await store.submit([run])
        _ = try await store.submit(command("c-done"))
        try await store.settle([CommandRecord(command("c-done"), status: .done, result: "retried", settledAt: date(5))])
        _ = try await store.submit(command("c-open", .cancel, at: 1))
        return store
    }

    @Test("a run comes over with all that belongs to it, and goes on from there unchanged", arguments: Backend.allCases)
    func roundTrip(_ backend: Backend) async throws {
        let source = try await source()
        try await source.settle([CommandRecord(command("c-open", .cancel, at: 1), status: .refused, result: "over", settledAt: date(6))])
        let lines = try await export(source)
        try await backend.test { fixture in
            let result = try await read(lines, into: fixture.store)
            #expect(result.problems == [])
            #expect([result.imported.runs, result.imported.tasks, result.imported.commands, result.imported.traces] == [1, 1, 2, 450])
            #expect(try await fixture.store.instance(id: "run") == source.instance(id: "run"))
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 2) == source.tasks(of: "run", runEpoch: 2))
            #expect(try await fixture.store.commands(of: "run", limit: 9) == source.commands(of: "run", limit: 9))
            #expect(try await fixture.store.dagVersion(id: "d", version: "v1") == dag)
            #expect(try await fixture.store.dag(id: "d") == nil)
            #expect(try await export(fixture.store) == lines)
        }
    }

    @Test("importing twice changes nothing, and what is there and different is named and left alone", arguments: Backend.allCases)
    func twice(_ backend: Backend) async throws {
        let lines = try await export(try await source())
        try await backend.test { fixture in
            try await read(lines, into: fixture.store)
            let before = try await export(fixture.store)
            let again = try await read(lines, into: fixture.store)
            #expect(again.problems == [] && again.imported == Moved() && again.skipped.runs == 1 && again.skipped.versions == 1)
            let other = lines.map { $0.replacing("\"because\"", with: "\"another\"").replacing("\"n\"", with: "\"m\"") }
            let result = try await read(other, into: fixture.store)
            #expect(result.problemCount == 2)
            #expect(result.problems[0] == "line 2: the definition d@v1 is another one in this store; it is left as it is")
            #expect(result.problems[1].contains("the run 'run' is another one in this store (failed); it is left as it is"))
            #expect(try await export(fixture.store) == before)
        }
    }

    @Test("a run that was not over is canceled, owned by nobody, and nothing of it comes to life", arguments: Backend.allCases)
    func unfinished(_ backend: Backend) async throws {
        for status in DagInstanceStatus.allCases where !status.isFinal {
            let lines = try await export(try await source(status: status))
            try await backend.test { fixture in
                let store = fixture.store
                #expect(try await read(lines, into: store).problems == [])
                let run = try #require(try await store.instance(id: "run"))
                #expect(run.status == .canceled)
                #expect(run.reason == "imported: was \(status.rawValue) on w")
                #expect(run.worker == nil && run.session == nil && run.wakeAt == nil && run.control?.commands == [])
                #expect(run.endedAt == exportedAt)
                #expect(run.shareData["a.b"] == "1")
                #expect(try await store.owned().isEmpty)
                #expect(try await store.pending(limit: 9).elements.isEmpty)
                #expect(try await store.due(until: .distantFuture, limit: 9).elements.isEmpty)
                #expect(try await store.openCommands(after: nil, limit: 9).elements.isEmpty)
                let open = try await store.command(id: "c-open")
                #expect(open?.status == .refused && open?.result == "imported: was pending")
                #expect(try await read(lines, into: store).imported == Moved())
            }
        }
    }

    @Test("tasks that were not over are canceled with their run, others stay as they are")
    func unfinishedTasks() {
        let running = TaskInstance(
            dagInsId: "run", dagId: "d", taskId: "a", actionName: "x", status: .running, version: .zero, worker: "w", startedAt: date(5))
        let imported = running.imported(exportedAt: exportedAt)
        #expect(imported.status == .canceled && imported.reason == "imported: was running on w" && imported.endedAt == exportedAt)
        let done = task("b", .zero)
        #expect(done.imported(exportedAt: exportedAt) == done)
        let waiting = instance { $0.status = .`init` }.imported(exportedAt: date(-5), tasks: [])
        #expect(waiting.reason == "imported: was init" && waiting.endedAt == date(0))
    }

    @Test("a bad line is named; runs before it stay, its own is not there, and the corrected file does the rest")
    func badLine() async throws {
        let source = try await source()
        _ = try await source.submit([instance("older", createdAt: -5) { $0.status = .success }])
        let lines = try await export(source, .runs(["older", "run"]))
        let place = try #require(lines.lastIndex { $0.hasPrefix("{\"trace\"") })
        var bad = lines
        bad[place] = bad[place].replacing("\"seq\":{\"$numberLong\":\"449\"}", with: "\"seq\":\"many\"")
        let store = Fixture.memory().store
        let error = await #expect(throws: StoreError.self) { try await read(bad, into: store) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.hasPrefix("line \(place + 1): trace 'run/full/00000002.00000003/000001c1': the field 'seq' is") == true)
        #expect(try await store.instance(id: "older") != nil)
        #expect(try await store.instance(id: "run") == nil)
        #expect(try await read(lines, into: store).problems == [])
        #expect(try await export(store, .runs(["older", "run"])).count == lines.count)
    }

    @Test("what is no export, ends early, or belongs elsewhere is refused with the reason")
    func refusals() async throws {
        let lines = try await export(try await source())
        func mistake(_ lines: [String]) async throws -> String {
            let store = Fixture.memory().store
            let error = await #expect(throws: StoreError.self) { try await read(lines, into: store) }
            #expect(try await store.instance(id: "run") == nil)
            return error?.message ?? ""
        }
        #expect(try await mistake([]) == "the file is empty: it is no export")
        #expect(try await mistake(["hello"]).hasPrefix("line 1: it is no JSON of an export: byte 1: 'hello' is no JSON value"))
        #expect(try await mistake(Array(lines.dropFirst())).contains("line 1: the first line of an export must be"))
        #expect(try await mistake(Array(lines.prefix(5))).contains("ends early, after line 5 within the run 'run', which is not imported"))
        #expect(try await mistake([lines[0], "{\"surprise\":{}}"]).contains("line 2: 'surprise' is nothing that an export has"))
        let newer = lines[0].replacing("\"format\":{\"$numberLong\":\"1\"}", with: "\"format\":2")
        #expect(try await mistake([newer]).contains("the format 2, this commander reads up to 1"))
        let stray = lines.filter { !$0.hasPrefix("{\"run\"") }
        #expect(try await mistake(stray).contains("belongs to the run 'run', which is not the one before it"))
    }

    @Test("runs are chosen by id, by DAG and by time; those that their tasks have started come along")
    func choice() async throws {
        let store = Fixture.memory().store
        var parentTask = task("sub", of: "parent", RecordVersion(epoch: 1))
        parentTask.history = TaskHistory(childRun: "child")
        _ = try await store.record(RecordBatch(tasks: [TaskRecord(task: parentTask, isFirst: true)]))
        _ = try await store.submit([
            instance("parent", createdAt: 5) { $0.status = .success },
            instance("child", dag: "e", createdAt: 6) { ($0.status, $0.trigger) = (.success, .parent) },
            instance("other", dag: "f", createdAt: 1) { $0.status = .success },
        ])
        func runs(_ choice: RunExport.Choice) async throws -> [String] {
            try await export(store, choice).compactMap { line in
                line.hasPrefix("{\"endOfRun\"") ? String(line.split(separator: "\"")[5]) : nil
            }
        }
        #expect(try await runs(.runs(["parent"])) == ["parent", "child"])
        #expect(try await runs(.runs(["child", "parent"])) == ["child", "parent"])
        #expect(try await runs(.all(dagId: "d", since: nil)) == ["parent", "child"])
        #expect(try await runs(.all(dagId: nil, since: nil)) == ["child", "parent", "other"])
        #expect(try await runs(.all(dagId: nil, since: date(3))) == ["child", "parent"])
        await #expect(throws: CommandError.self) { try await runs(.runs(["nothing"])) }
    }
}

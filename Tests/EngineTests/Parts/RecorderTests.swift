import Logging
import TestSupport
import Testing
import Workflow

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Records and traces on their way", .timeLimit(.minutes(1)))
struct RecorderTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("the end of a task waits for its own lines, and nobody else's end does")
    func hold() async throws {
        let (isOpen, reports) = (Watched(false), Watched<[String]>([]))
        let backend = MemoryBackend()
        var store = HookedStore(backend.store)
        store.onRecord = { batch in
            #expect(batch.traces.isEmpty || batch.tasks.isEmpty && batch.instances.isEmpty)
            if !batch.traces.isEmpty { try await isOpen.wait(for: "the traces' turn") { $0 } }
        }
        let recorder = Recorder(store: store, worker: "w", shards: 1, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            await end("speaker", saying: ["a", "b"], recorder, reports)
            await end("silent", saying: [], recorder, reports)
            await end("run-2", saying: [], recorder, reports)
            try await reports.wait(for: "those that said nothing") { $0.count == 2 }
            #expect(reports.value.sorted() == ["run-2", "silent"] && backend.state.value.tasks["speaker/t"] == nil)
            isOpen.change { $0 = true }
            try await reports.wait(for: "the one that spoke") { $0.last == "speaker" }
            #expect(backend.state.value.traces.values.flatMap(\.lines).map(\.message) == ["a", "b"])
            await end("last", saying: ["c"], recorder, reports)
            recorder.finish()
            try await group.waitForAll()
        }
        #expect(reports.value.count == 4 && backend.state.value.traces.count == 2)
    }

    @Test("lines that the store refuses hold no end up")
    func refused() async throws {
        let reports = Watched<[String]>([])
        let backend = MemoryBackend()
        var store = HookedStore(backend.store)
        store.onRecord = { batch in
            if batch.traces.contains(where: { $0.dagInsId == "bad" }) { throw StoreError(.refused, "no") }
        }
        let recorder = Recorder(store: store, worker: "w", shards: 1, logger: quiet)
        for name in ["good", "bad", "fine"] { await end(name, saying: ["a line of \(name)"], recorder, reports) }
        recorder.finish()
        await recorder.run()
        #expect(reports.value.sorted() == ["bad", "fine", "good"])
        #expect(backend.state.value.traces.values.map(\.dagInsId).sorted() == ["fine", "good"])
    }

    @Test("a newer record of a task that waits for its lines takes its place and does not overtake it")
    func newer() {
        let key = TraceBuffer.Key(dagInsId: "r", taskId: "t", epoch: 1, attempt: 1)
        var next = key
        next.attempt = 2
        var held = HeldRecords<Int>()
        held.put(1, id: "r/t", attempt: key)
        let isReplaced = held.replace(2, id: "r/t")
        let isOther = held.replace(3, id: "r/u")
        #expect(isReplaced && !isOther)
        held.put(4, id: "r/t", attempt: next)
        held.put(5, id: "r/u", attempt: key)
        #expect(held.take { $0 == key }.map(\.record) == [5])
        #expect(held.take { _ in true }.map(\.record) == [4] && held.isEmpty)
    }

    /// An attempt that says something and ends.
    private func end(_ run: String, saying lines: [String], _ recorder: Recorder, _ reports: Watched<[String]>) async {
        let shard = recorder.shard(of: run)
        let trace = Trace(buffer: shard.traces, dagInsId: run, taskId: "t", epoch: 1, attempt: 1, now: { Date(timeIntervalSince1970: 1) })
        for line in lines { await trace(line) }
        trace.end()
        let task = TaskInstance(
            dagInsId: run, dagId: "d", taskId: "t", actionName: "a", status: .success, attempt: 1, version: RecordVersion(epoch: 1),
            worker: "w")
        shard.record(TaskRecord(task: task, isFirst: true), number: 0) { _ in reports.change { $0.append(run) } }
    }
}

import Engine
import TestSupport
import Testing
import Workflow

@Suite("Ownership")
struct OwnershipTests {
    @Test("a record that was applied but whose answer was lost is sent again, and nothing happens twice", arguments: 1...4)
    func lostAnswer(call: Int) async throws {
        try await withCluster { cluster in
            try cluster.start("w1") { faults in
                faults.fail(.record, call: call, .after)
                faults.fail(.record, call: call + 1, .before)
            }
            let run = try await cluster.finish(.chain("d", ("a", "step"), ("b", "step"), ("c", "step")))
            #expect(run.instance.status == .success)
            #expect(run.instance.version.epoch == 1)
            #expect(cluster.actions.journal.value.started.map(\.task) == ["a", "b", "c"])
        }
    }

    @Test("no child starts while the record of its parent is on its way")
    func waitsForRecord() async throws {
        try await withCluster { cluster in
            let node = try await cluster.join("w1")
            let hold = node.faults.hold(.record)
            try await cluster.run(.chain("d", ("a", "step"), ("b", "step")))
            try await cluster.actions.journal.wait(for: "a to end") { $0.ended.map(\.task) == ["a"] }
            try await hold.arrival()
            #expect(cluster.actions.journal.value.starts(of: "b").isEmpty)
            #expect(cluster.backend.state.value.tasks["run/a"] == nil)
            hold.release()
            try await cluster.backend.wait(for: "run", toBe: [.success])
        }
    }

    @Test("a run of its own session that the node does not have in memory is taken at the next epoch")
    func claimAgain() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: cluster.session(of: "w1"), worker: "w1") {
                $0.status = .running
                $0.version = RecordVersion(epoch: 3, counter: 7)
                $0.runEpoch = 3
            }
            let run = try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(run.runEpoch == 4)
            #expect(cluster.actions.journal.value.started.map(\.epoch) == [4])
        }
    }

    @Test("an orphan is found however it came to be one, and a stray document of its zombie does not count")
    func orphan() async throws {
        try await withCluster { cluster in
            try await cluster.insertOwned(.chain("d", ("a", "step"), ("b", "step")), session: "gone", worker: "w0") {
                $0.status = .running
                $0.version = RecordVersion(epoch: 3, counter: 2)
                $0.runEpoch = 3
            }
            let stray = TaskInstance(
                dagInsId: "run", dagId: "d", taskId: "a", actionName: "step", status: .success,
                version: RecordVersion(epoch: 2, counter: 1), worker: "w0")
            _ = try await cluster.backend.store.record(RecordBatch(tasks: [TaskRecord(task: stray, isFirst: true)]))
            try cluster.start("w1")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.started.map(\.task) == ["a", "b"])
            #expect(try await cluster.commander.show("run").tasks.map(\.worker) == ["w1", "w1"])
        }
    }

    @Test("a run whose workers were lost too often without progress is given up")
    func adoptionLimit() async throws {
        try await withCluster { cluster in
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: "gone", worker: "w0") {
                $0.status = .running
                $0.version = RecordVersion(epoch: 3, counter: 2)
                $0.adoptions = 1
            }
            try cluster.start("w1", adoptionLimit: 2)
            let run = try await cluster.backend.wait(for: "run", toBe: [.failed])
            #expect(run.reason.contains("lost 2 times in a row"))
            #expect(cluster.actions.journal.value.started.isEmpty)
        }
    }

    @Test("a new owner whose mark comes too late starts nothing")
    func fencedMark() async throws {
        try await withCluster { cluster in
            let node = try await cluster.join("w1")
            let hold = node.faults.hold(.record)
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: "gone", worker: "w0") {
                $0.status = .running
                $0.version = RecordVersion(epoch: 3, counter: 2)
            }
            await cluster.backend.keeper.signal([.nodesChanged])
            try await hold.arrival()
            giveAway(cluster)
            hold.release()
            try await node.faults.wait(for: .assigned, calls: node.faults.count(.assigned) + 3)
            #expect(cluster.actions.journal.value.started.isEmpty)
            #expect(cluster.backend.state.value.instances["run"]?.version == RecordVersion(epoch: 9))
        }
    }

    @Test("a run that another has taken is dropped at once, and its task cancelled")
    func fenced() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            try await cluster.run(Dag(id: "d", tasks: [.init(id: "a", actionName: "hang"), .init(id: "b", actionName: "wait")]))
            try await cluster.actions.wait(forStartOf: "b")
            giveAway(cluster)
            // The node learns of it with its next record of the run.
            if cluster.backend.state.value.tasks["run/b"] == nil { try await insertForeign(cluster) }
            cluster.actions.open("b")
            try await cluster.actions.journal.wait(for: "a to be cancelled") { journal in
                journal.events.contains { if case .cancelled(let attempt) = $0 { attempt.task == "a" } else { false } }
            }
            #expect(cluster.backend.state.value.instances["run"]?.session == "other")
        }
    }

    /// Another node, which does nothing, becomes the owner at epoch 9.
    private func giveAway(_ cluster: Cluster) {
        cluster.backend.state.change { state in
            state.instances["run"]?.version = RecordVersion(epoch: 9)
            state.instances["run"]?.session = "other"
            state.nodes["w2"] = state.nodes["w1"]
            state.nodes["w2"]?.node.key = "w2"
            state.nodes["w2"]?.session = "other"
            state.nodes["w2"]?.node.actions = []
            state.tasks["run/b"]?.version = RecordVersion(epoch: 9)
        }
    }

    /// A document of the new owner.
    private func insertForeign(_ cluster: Cluster) async throws {
        let task = TaskInstance(
            dagInsId: "run", dagId: "d", taskId: "b", actionName: "wait", status: .running, version: RecordVersion(epoch: 9), worker: "w2")
        _ = try await cluster.backend.store.record(RecordBatch(tasks: [TaskRecord(task: task, isFirst: true)]))
    }
}

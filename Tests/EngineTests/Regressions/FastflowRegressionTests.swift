import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is wrong in the scheduler that this one is modelled on, and must not be wrong here; the numbers are those of docs/guarantees.md.
@Suite("fastflow regressions: nodes")
struct FastflowRegressionTests {
    // MARK: Leaders

    @Test("fastflow 5: a leader that wakes late changes nothing that another has decided meanwhile")
    func lateLeader() async throws {
        try await withCluster { cluster in
            let leader = try await cluster.join("w1")
            try await cluster.backend.wait(for: "w1 to lead") { $0.lease?.key == "w1" }
            try await cluster.join("w2")
            let hold = leader.faults.hold(.assign)
            let run = try await cluster.run(.chain("d", ("a", "step")))
            try await hold.arrival()
            try await give(run, to: "w2", cluster)
            let end = try await cluster.backend.wait(for: "run", toBe: [.success])
            hold.release()
            try await nextTicks(of: leader, 2, cluster)
            #expect(cluster.backend.state.value.instances["run"] == end)
            #expect(cluster.actions.journal.value.started.map(\.worker) == ["w2"])
        }
    }

    @Test(
        "fastflow 7: an assignment that failed, or whose answer was lost, is never taken for done",
        arguments: [Faults.Moment.before, .after])
    func failedAssignment(moment: Faults.Moment) async throws {
        try await withCluster { cluster in
            try await cluster.join("w1") { faults in for call in 1...3 { faults.fail(.assign, call: call, moment) } }
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success && run.instance.version.epoch == 1)
            #expect(cluster.actions.journal.value.started.count == 1)
        }
    }

    // MARK: Workers that are lost, and workers that are not

    @Test("fastflow 8: a running run of a dead worker is moved, and what it had finished stays")
    func deadWorker() async throws {
        try await withCluster { cluster in
            try await lose(cluster, .chain("d", ("a", "step"), ("b", "step")), finished: "a")
            try cluster.start("w1")
            let run = try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(run.worker == "w1" && run.version.epoch == 4)
            #expect(cluster.actions.journal.value.started.map(\.task) == ["b"])
        }
    }

    @Test("fastflow 8: a scheduled run of a living worker is left to it, however long it takes to begin")
    func slowWorker() async throws {
        try await withCluster { cluster in
            let leader = try await cluster.join("w1")
            try await cluster.backend.wait(for: "w1 to lead") { $0.lease?.key == "w1" }
            let slow = try await cluster.join("w2")
            let hold = slow.faults.hold(.assigned)
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: cluster.session(of: "w2"), worker: "w2")
            let before = cluster.backend.state.value.instances["run"]
            try await hold.arrival()
            try await nextTicks(of: leader, 5, cluster)
            #expect(cluster.backend.state.value.instances["run"] == before)
            hold.release()
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.started.map(\.worker) == ["w2"])
        }
    }

    @Test("fastflow 9: a task that was running when its worker died runs again as the next attempt, unless it must not")
    func lostAttempt() async throws {
        var dag = Dag.chain("d", ("a", "step"))
        dag.tasks.append(.init(id: "once", actionName: "step", onWorkerLost: .fail))
        try await withCluster { [dag] cluster in
            try await lose(cluster, dag, running: ["a", "once"]) { $0.claims = ["once": 1] }
            try cluster.start("w1")
            try await cluster.backend.wait(for: "run", toBe: [.failed])
            #expect(cluster.actions.journal.value.started.map { "\($0.task) \($0.attempt)" } == ["a 2"])
            let run = try await cluster.commander.show("run")
            #expect(run.statuses == ["a": .success, "once": .failed])
            #expect(try run.task("once").reason.contains("onWorkerLost"))
        }
    }

    @Test("fastflow sights: nothing is given to a node whose lease has run out, though nobody has declared it dead")
    func expiredNode() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            cluster.backend.state.change { state in
                guard var gone = state.nodes["w1"] else { return }
                gone.node.key = "w0"
                gone.session = "gone"
                gone.expires = Date(timeIntervalSince1970: 1)
                state.nodes["w0"] = gone
            }
            for number in 0..<20 { try await cluster.run(.chain("d", ("a", "step")), id: "run-\(number)") }
            try await cluster.backend.wait(for: "all runs") { $0.instances.values.allSatisfy { $0.status == .success } }
            let everAssigned = cluster.backend.state.value.history.compactMap { write -> String? in
                if case .instance(let instance) = write { instance.session } else { nil }
            }
            #expect(!everAssigned.isEmpty && !everAssigned.contains("gone"))
        }
    }

    @Test("fastflow sights: without any fault every run ends and no task runs twice, on four nodes")
    func noFaults() async throws {
        var dag = Dag.chain("d", ("a", "step"), ("b", "step"))
        dag.tasks.append(.init(id: "c", actionName: "step", dependOn: ["a"]))
        try await withCluster { [dag] cluster in
            for key in ["w1", "w2", "w3", "w4"] { try await cluster.join(key) }
            _ = try await cluster.commander.apply(dag, source: "test")
            for number in 0..<250 { _ = try await cluster.commander.run(dagId: "d", id: "run-\(number)") }
            try await cluster.backend.wait(for: "all runs", within: .seconds(60)) { state in
                state.instances.values.allSatisfy { $0.status == .success }
            }
            let started = cluster.actions.journal.value.started
            #expect(started.count == 750 && started.allSatisfy { $0.attempt == 1 && $0.epoch == 1 })
            #expect(Set(started.map { "\($0.run)/\($0.task)" }).count == 750)
        }
    }

    // MARK: Timeouts

    @Test("fastflow 10: a task over its timeout fails alone; what does not depend on it goes on")
    func timeout() async throws {
        var dag = Dag.chain("d", ("good", "wait"), ("better", "step"))
        dag.tasks.append(.init(id: "slow", actionName: "hang", timeoutSecs: 1))
        try await withCluster { [dag] cluster in
            try cluster.start("w1")
            try await cluster.run(dag)
            try await cluster.backend.wait(for: "slow to fail") { $0.tasks["run/slow"]?.status == .failed }
            cluster.actions.open("good")
            try await cluster.backend.wait(for: "run", toBe: [.failed])
            let run = try await cluster.commander.show("run")
            #expect(run.statuses == ["good": .success, "better": .success, "slow": .failed])
            #expect(run.instance.reason == "task 'slow' failed")
        }
    }

    // MARK: Setting up

    /// What the leader `w1` has planned, done by somebody else who leads too.
    private func give(_ run: DagInstance, to key: String, _ cluster: Cluster) async throws {
        let node = try #require(cluster.backend.state.value.nodes[key])
        let pending = DispatchPlan.Pending(
            id: run.id, dagId: run.dagId, version: run.version, status: run.status, session: run.session, runEpoch: run.runEpoch,
            requirements: DagRequirements())
        let candidate = DispatchPlan.Candidate(key: key, session: node.session, actions: [], flows: [], capacity: 1, load: 0)
        let plan = DispatchPlan(pending: [pending], candidates: [candidate])
        #expect(try await cluster.backend.store.assign(plan.assignments) == [true])
        await cluster.backend.keeper.signal([.assigned(session: node.session)])
    }

    /// Waits until the leader has looked at everything this many times more.
    private func nextTicks(of leader: TestNode, _ count: Int, _ cluster: Cluster) async throws {
        for _ in 0..<count {
            let before = leader.faults.count(.owned)
            await cluster.backend.keeper.signal([.nodesChanged])
            try await leader.faults.wait(for: .owned, calls: before + 1)
        }
    }

    /// A run as a worker leaves it that is gone: it was its owner at epoch 3.
    private func lose(
        _ cluster: Cluster, _ dag: Dag, finished: String? = nil, running: [String] = [], _ change: (inout DagInstance) -> Void = { _ in }
    ) async throws {
        try await cluster.insertOwned(dag, session: "gone", worker: "w0") {
            $0.status = .running
            $0.version = RecordVersion(epoch: 3, counter: 7)
            $0.runEpoch = 3
            change(&$0)
        }
        for task in dag.tasks where task.id == finished || running.contains(task.id) {
            let document = TaskInstance(
                dagInsId: "run", dagId: dag.id, taskId: task.id, actionName: task.actionName,
                status: task.id == finished ? .success : .running, version: RecordVersion(epoch: 3, counter: 2), worker: "w0")
            _ = try await cluster.backend.store.record(RecordBatch(tasks: [TaskRecord(task: document, isFirst: true)]))
        }
    }
}

import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Dispatch")
struct DispatchTests {
    @Test("a run whose action no node has waits and says why, and starts when a node with it joins")
    func missingAction() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            try await cluster.run(.chain("d", ("a", "fax")))
            let waiting = try await cluster.commander.show("run")
            #expect(try await cluster.commander.whyWaiting(waiting) == "no live node offers the action 'fax'")
            #expect(waiting.instance.status == .`init`)
            try cluster.start("w2", adding: ["fax"])
            try await cluster.backend.wait(for: "run", toBe: [.success])
            #expect(cluster.actions.journal.value.started.map(\.worker) == ["w2"])
        }
    }

    @Test("more runs than the leader looks at in one go are all given out, though they were announced once and nobody polls")
    func manyAtOnce() async throws {
        try await withCluster { cluster in
            try cluster.start("w1", capacity: 5_000, poll: .seconds(3_600))
            let first = try await cluster.finish(.chain("d", ("a", "step")))
            let runs = (0..<1_200).map { number in
                DagInstance(
                    id: "run-\(number)", dagId: "d", dagVersion: first.instance.dagVersion, createdAt: Date(timeIntervalSince1970: 2))
            }
            _ = try await cluster.backend.store.submit(runs)
            await cluster.backend.keeper.signal([.dispatch])
            try await cluster.backend.wait(for: "all to end") { $0.instances.values.allSatisfy { $0.status == .success } }
        }
    }

    @Test(
        "what was given out or taken by a call whose answer was lost goes on soon, though nobody polls",
        arguments: [Faults.Verb.assign, .assigned, .dagVersion])
    func lostAnswer(verb: Faults.Verb) async throws {
        // The leader asks for the definition first, then the owner, who lets go of the run.
        let call = verb == .dagVersion ? 2 : 1
        try await withCluster { cluster in
            let node = try cluster.start("w1", poll: .seconds(3_600))
            _ = try await cluster.finish(.chain("first", ("a", "step")), id: "first")
            node.faults.fail(verb, call: call, .after)
            let run = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(run.instance.status == .success)
            #expect(cluster.actions.journal.value.started.count == 2)
        }
    }

    @Test("many runs are started in few calls; what is wrong with one disturbs no other, and sent again they are the same runs")
    func manySubmissions() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            _ = try await cluster.finish(.chain("d", ("a", "step")))
            var requests = (0..<600).map { RunRequest(dagId: "d", id: "many-\($0)") }
            requests[7].dagId = "unknown"
            requests[8].id = "not/allowed"
            requests[9].vars = ["nobody": "knows"]
            for _ in 0..<2 {
                let results = try await cluster.commander.run(requests)
                let kinds = results.map { result -> CommandError.Kind? in if case .failure(let why) = result { why.kind } else { nil } }
                #expect(kinds[7] == .notFound && kinds[8] == .invalid && kinds[9] == .invalid)
                #expect(kinds.count { $0 != nil } == 3)
                #expect(try results[10].get().id == "many-10")
            }
            let other = try await cluster.commander.run([
                RunRequest(dagId: "d", id: "run"), RunRequest(dagId: "d", vars: [:], id: "many-1"),
            ])
            #expect(try other.map { try $0.get().id } == ["run", "many-1"])
            try await cluster.backend.wait(for: "all to end") {
                $0.instances.count == 598 && $0.instances.values.allSatisfy { $0.status == .success }
            }
        }
    }

    @Test("without any node a run waits and says why")
    func noNode() async throws {
        try await withCluster { cluster in
            try await cluster.run(.chain("d", ("a", "step")))
            #expect(try await cluster.commander.whyWaiting(cluster.commander.show("run")) == "no node is alive")
        }
    }

    @Test("a run without its definition waits and says why; the others go on")
    func missingDefinition() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            let lost = DagInstance(id: "lost", dagId: "gone", dagVersion: "v", createdAt: Date(timeIntervalSince1970: 1))
            _ = try await cluster.backend.store.submit(lost)
            let other = try await cluster.finish(.chain("d", ("a", "step")))
            #expect(other.instance.status == .success)
            let details = try await cluster.commander.show("lost")
            #expect(details.instance.status == .`init`)
            #expect(try await cluster.commander.whyWaiting(details) == "its definition is not in the store")
        }
    }

    @Test("a node that was given a run without definition ends it as failed, naming the version")
    func givenWithoutDefinition() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            try await cluster.insertOwned(.chain("d", ("a", "step")), session: cluster.session(of: "w1"), worker: "w1") {
                $0.dagVersion = "nowhere"
            }
            let run = try await cluster.backend.wait(for: "run", toBe: [.failed])
            #expect(run.reason == "its definition 'd' at version nowhere is not in the store")
            #expect(run.session == nil)
        }
    }

    @Test("a node that was given a task with an action that it lacks fails that task, naming the action")
    func givenUnknownAction() async throws {
        try await withCluster { cluster in
            try await cluster.join("w1")
            try await cluster.insertOwned(.chain("d", ("a", "fax")), session: cluster.session(of: "w1"), worker: "w1")
            try await cluster.backend.wait(for: "run", toBe: [.failed])
            let task = try await cluster.commander.show("run").task("a")
            #expect(task.reason == "this node has no action 'fax'")
        }
    }

    @Test("a full node is not given more; what waits starts when there is room")
    func capacity() async throws {
        try await withCluster { cluster in
            try cluster.start("w1", capacity: 1)
            try await cluster.run(.chain("d", ("a", "wait")), id: "first")
            try await cluster.actions.wait(forStartOf: "a")
            try await cluster.run(.chain("d", ("a", "wait")), id: "second")
            try await cluster.backend.wait(for: "second", toBe: [.`init`])
            cluster.actions.open("a")
            try await cluster.backend.wait(for: "second", toBe: [.success])
            let instances = cluster.backend.state.value.history.compactMap { write -> String? in
                if case .instance(let instance) = write, instance.status == .scheduled || instance.status.isFinal {
                    return "\(instance.id) \(instance.status)"
                }
                return nil
            }
            #expect(instances == ["first scheduled", "first success", "second scheduled", "second success"])
        }
    }

    @Test("hints cost only latency: without any of them a run still ends")
    func lostHints() async throws {
        try await withCluster { cluster in
            cluster.backend.keeper.loseHints()
            try cluster.start("w1", ttl: .seconds(2))
            try cluster.start("w2", ttl: .seconds(2))
            let run = try await cluster.finish(.chain("d", ("a", "step"), ("b", "step")))
            #expect(run.instance.status == .success)
        }
    }

    @Test("an edited definition changes later runs, not the one that is under way")
    func pinnedVersion() async throws {
        try await withCluster { cluster in
            try cluster.start("w1")
            let first = try await cluster.run(.chain("d", ("a", "wait"), ("b", "step")))
            try await cluster.actions.wait(forStartOf: "a")
            let second = try await cluster.run(.chain("d", ("a", "wait"), ("z", "step")), id: "later")
            #expect(first.dagVersion != second.dagVersion)
            cluster.actions.open("a")
            try await cluster.backend.wait(for: "run", toBe: [.success])
            try await cluster.backend.wait(for: "later", toBe: [.success])
            #expect(try await cluster.commander.show("run").tasks.map(\.taskId) == ["a", "b"])
            #expect(try await cluster.commander.show("later").tasks.map(\.taskId) == ["a", "z"])
        }
    }
}

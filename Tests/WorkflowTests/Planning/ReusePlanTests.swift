import Testing

@testable import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("What a run takes over from an earlier one")
struct ReusePlanTests {
    /// a -> b -> d, a -> c -> d, and e by itself.
    private func graph(fan: String? = nil) throws -> TaskGraph {
        let edges: [(String, [String])] = [("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["b", "c"]), ("e", [])]
        return try TaskGraph(
            edges.map { id, parents in
                var task = Dag.Task(id: id, actionName: "print", dependOn: parents)
                if id == fan { task.forEach = ForEach(items: ["1", "2"]) }
                return task
            })
    }

    private func plan(
        from: [String] = [], only: String? = nil, fan: String? = nil, _ earlier: [String: TaskInstanceStatus]
    ) throws -> ReusePlan {
        ReusePlan(try graph(fan: fan), from: from, only: only) { earlier[$0] }
    }

    private let done: [String: TaskInstanceStatus] = ["a": .success, "b": .success, "c": .success, "d": .success, "e": .success]

    @Test("from a task on: it and all that follows run anew, all else that succeeded is taken over")
    func from() throws {
        let plan = try plan(from: ["b"], done)
        #expect(plan.taken == ["a", "c", "e"] && plan.leftOut == [] && plan.missing == [])
    }

    @Test("what had not succeeded runs anew; before the task it is missing, skipped or not in the earlier version as it may be")
    func missing() throws {
        var earlier = done
        (earlier["a"], earlier["e"]) = (.failed, nil)
        let failed = try plan(from: ["d"], earlier)
        #expect(failed.taken == ["b", "c"] && failed.missing == ["a"])
        earlier["a"] = .skipped
        #expect(try plan(from: ["d"], earlier).missing == [])
        #expect(try plan(from: ["e"], earlier).missing == [])
    }

    @Test("one task alone: what follows is left out though it succeeded, and so is what it does not need and nobody has done")
    func only() throws {
        var earlier = done
        earlier["e"] = .failed
        let plan = try plan(only: "b", earlier)
        #expect(plan.taken == ["a", "c"] && plan.leftOut == ["d", "e"] && plan.missing == [])
    }

    @Test("a fan-out is never taken over: where it is needed it runs anew")
    func fans() throws {
        let plan = try plan(only: "d", fan: "b", done)
        #expect(plan.taken == ["a", "c", "e"] && plan.leftOut == [] && plan.missing == [])
        #expect(try self.plan(only: "a", fan: "b", done).leftOut == ["b", "c", "d"])
    }

    @Test("a machine runs the one task, skips what it is not for, and its tasks at the end too")
    func machine() throws {
        var dag = Dag(
            id: "d",
            tasks: [
                Dag.Task(id: "a", actionName: "print"), Dag.Task(id: "b", actionName: "print", dependOn: ["a"]),
                Dag.Task(id: "c", actionName: "print", dependOn: ["b"]),
            ])
        dag.onExit = [Dag.Task(id: "clean", actionName: "print")]
        let now = Date(timeIntervalSince1970: 0)
        var run = DagInstance(id: "r2", dagId: "d", dagVersion: "v", createdAt: now)
        run.origin = RunOrigin(kind: .reuse, run: "r1", task: "b", from: [])
        var machine = try InstanceMachine(instance: run, dag: dag, worker: "w")
        let document = TaskInstance(
            dagInsId: "r1", dagId: "d", taskId: "a", actionName: "print", dependOn: [], status: .success, attempt: 1, version: .zero,
            worker: "w", output: .string("old"))
        machine.borrow([document], from: try #require(run.origin))
        _ = machine.handle(.begin, at: now)
        #expect((0..<4).map { machine.status(of: $0) } == [.success, .`init`, .skipped, .skipped])
    }
}

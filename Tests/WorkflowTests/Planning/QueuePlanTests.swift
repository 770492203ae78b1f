import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Plans for what waits")
struct QueuePlanTests {
    private func order(_ items: [(String, Int)], turns: [String: Int] = [:]) -> [Int] {
        FairOrder(items.map { FairOrder.Item(dagId: $0.0, priority: $0.1) }, turns: turns).indices
    }

    @Test("DAGs take turns within a priority, whoever was served longest ago first; priority goes first")
    func fair() {
        #expect(order([]) == [])
        #expect(order([("a", 0), ("a", 0)]) == [0, 1])
        #expect(order([("a", 0), ("a", 0), ("a", 0), ("b", 0), ("c", 0), ("b", 0)]) == [0, 3, 4, 1, 5, 2])
        #expect(order([("a", 0), ("a", 0), ("b", 0)], turns: ["a": 7, "b": 3]) == [2, 0, 1])
        #expect(order([("a", 0), ("b", 0)], turns: ["a": 1]) == [1, 0], "one that was never served")
        #expect(order([("a", 0), ("a", 0), ("b", -1), ("c", 5), ("b", 0)]) == [3, 0, 4, 1, 2])
    }

    @Test("over many ticks with room for one, every DAG gets its share, however long its queue")
    func share() {
        var queues = ["a": 1_000, "b": 30, "c": 30]
        var (turns, served): ([String: Int], [String: Int]) = ([:], [:])
        for turn in 1...60 {
            let waiting = queues.sorted { $0.key < $1.key }.flatMap { Array(repeating: ($0.key, 0), count: $0.value) }
            let chosen = waiting[order(waiting, turns: turns)[0]].0
            turns[chosen] = turn
            served[chosen, default: 0] += 1
            queues[chosen, default: 0] -= 1
        }
        #expect(served == ["a": 20, "b": 20, "c": 20])
    }

    private func overlap(_ kind: Dag.Overlap, waiting: [(String, Bool)], active: [String], limit: Int) -> OverlapPlan {
        OverlapPlan(waiting.map { OverlapPlan.Waiting(id: $0.0, wasStarted: $0.1) }, active: active, limit: limit, overlap: kind)
    }

    @Test("as many start as there is room for; what becomes of the others the DAG says")
    func limits() {
        let wait = overlap(.wait, waiting: [("1", false), ("2", false), ("3", false)], active: ["x"], limit: 3)
        #expect(wait.starting == [0, 1] && wait.isWaiting && wait.skipped.isEmpty && wait.toCancel.isEmpty)
        let skip = overlap(.skip, waiting: [("1", false), ("2", true), ("3", false)], active: ["x"], limit: 2)
        #expect(skip.starting == [1] && skip.skipped.map(\.index) == [0, 2] && !skip.isWaiting, "one that was under way is not skipped")
        let full = overlap(.skip, waiting: [("1", true)], active: ["x", "y"], limit: 2)
        #expect(full.starting.isEmpty && full.skipped.isEmpty && full.isWaiting)
        let other = overlap(.cancelOther, waiting: [("1", false), ("2", false)], active: ["x"], limit: 1)
        #expect(other.starting.isEmpty && other.skipped.map(\.index) == [0] && other.toCancel == ["x"] && other.isWaiting)
        #expect(overlap(.cancelOther, waiting: [("1", false)], active: [], limit: 1).starting == [0])
        #expect(overlap(.cancelOther, waiting: [("1", true)], active: ["x"], limit: 1).toCancel.isEmpty, "an old run takes nobody's place")
    }

    @Test("what is due wakes, fails or waits for no time any more; the first of the others is named")
    func due() {
        let now = Date(timeIntervalSince1970: 1_700_000_100)
        func run(_ id: String, _ status: DagInstanceStatus, epoch: Int64, in seconds: Double, paused: Bool = false) -> DagInstance {
            DagInstance(
                id: id, dagId: "d", dagVersion: "v", status: status, version: RecordVersion(epoch: epoch), runEpoch: epoch,
                wakeAt: now.addingTimeInterval(seconds), control: paused ? RunControl(isPaused: true) : nil,
                createdAt: now.addingTimeInterval(-30))
        }
        let plan = DuePlan(
            [
                run("parked", .parked, epoch: 1, in: -2), run("blocked", .blocked, epoch: 1, in: -1), run("late", .`init`, epoch: 0, in: 0),
                run("paused", .parked, epoch: 2, in: 0, paused: true), run("handed back", .`init`, epoch: 2, in: 0),
                run("soon", .parked, epoch: 1, in: 5), run("later", .parked, epoch: 1, in: 9),
            ], now: now)
        #expect(plan.waking.map(\.id) == ["parked", "blocked"] && plan.next == now.addingTimeInterval(5))
        #expect(plan.amendments.map(\.run.id) == ["late", "paused", "handed back"])
        #expect(plan.amendments.map(\.run.status) == [.failed, .parked, .`init`])
        #expect(plan.amendments.allSatisfy { $0.run.wakeAt == nil && $0.run.version == $0.expected.nextEpoch })
        #expect(plan.amendments.first?.run.reason == "it waited longer than startTimeoutSecs (30 s) for its start")
    }
}

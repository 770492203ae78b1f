import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is wrong in the scheduler that this one is modelled on, and must not be wrong here; the numbers are those of docs/guarantees.md.
@Suite("fastflow regressions: decisions")
struct FastflowRegressionTests {
    @Test("fastflow 8: being scheduled or running for long never makes a run an orphan; the loss of its session does, whatever its status")
    func orphans() {
        let nodes = [
            WatchDogPlan.Node(key: "a", session: "alive", isAlive: true, isExpired: false),
            WatchDogPlan.Node(key: "b", session: "dead", isAlive: false, isExpired: true),
        ]
        let plan = WatchDogPlan(ownedSessions: ["alive", "dead", "gone", "alive", nil], nodes: nodes)
        #expect(plan.orphans == [1, 2, 4])
        #expect(Set(DagInstanceStatus.allCases.filter(\.isOwned)) == [.scheduled, .running])
    }

    @Test("fastflow 10: a task has no timeout unless its definition gives one")
    func noDefaultTimeout() throws {
        let text = "tasks: [{id: a, action: print}, {id: b, action: print, timeoutSecs: 5}]"
        let dag = try #require(DagParser.parse(text, file: "a.yaml").dag)
        #expect(dag.tasks.map(\.timeoutSecs) == [nil, 5])
    }

    @Test("fastflow 16: work goes by free capacity, oldest first, and above 1,000 runs at once too")
    func dispatch() {
        let pending = (0..<5_000).map { number in
            DispatchPlan.Pending(
                id: "r\(number)", dagId: "d", version: .zero, status: .`init`, session: nil, runEpoch: 0, requirements: DagRequirements())
        }
        let candidates = [("large", 3_000, 0), ("busy", 1_000, 900), ("full", 10, 10)].map { key, capacity, load in
            DispatchPlan.Candidate(key: key, session: key, actions: [], flows: [], capacity: capacity, load: load)
        }
        let plan = DispatchPlan(pending: pending, candidates: candidates)
        #expect(plan.assignments.map(\.id) == pending.prefix(3_100).map(\.id))
        let counts = Dictionary(plan.assignments.map { ($0.worker, 1) }, uniquingKeysWith: +)
        #expect(counts == ["large": 3_000, "busy": 100])
        #expect(plan.assignments.prefix(2_000).allSatisfy { $0.worker == "large" }, "the one with the lower share of its capacity in use")
    }

    @Test("fastflow sights: reading, checking and running a graph costs by its edges, not by its paths", .timeLimit(.minutes(1)))
    func paths() throws {
        // 20 layers of 100 tasks with ten parents each: 19,000 edges, 10^19 paths to each task of the last layer.
        let lines = (0..<2_000).map { number in
            let (layer, place) = (number / 100, number % 100)
            let parents = layer == 0 ? [] : (0..<10).map { "t\((layer - 1) * 100 + (place + $0 * 7) % 100)" }
            return "- {id: t\(number), action: print, dependOn: [\(parents.joined(separator: ", "))]}"
        }
        let result = DagParser.parse("id: layers\ntasks:\n" + lines.joined(separator: "\n"), file: "a.yaml")
        #expect(result.problems == [])
        let dag = try #require(result.dag)
        #expect(try run(dag) == 2_000)
    }

    /// Runs all tasks at once, each as soon as it may start.
    /// - Returns: how many were started before the run was a success.
    private func run(_ dag: Dag) throws -> Int {
        let now = Date(timeIntervalSince1970: 1)
        let instance = DagInstance(
            id: "run", dagId: dag.id, dagVersion: "v", status: .scheduled, worker: "w", session: "s", version: RecordVersion(epoch: 1),
            runEpoch: 1, createdAt: now)
        var machine = try InstanceMachine(instance: instance, dag: dag, worker: "w")
        var events = [InstanceMachine.Event.begin]
        var started = 0
        while let event = events.popLast() {
            for effect in machine.handle(event, at: now) {
                switch effect {
                case .start(let number, _):
                    started += 1
                    events += [.taskEnded(number, TaskOutcome(.success)), .taskStarted(number)]
                case .recordTask(let number, let task, _):
                    events.append(.taskRecorded(number, task.version))
                case .recordInstance(let instance): events.append(.instanceRecorded(instance.version))
                case .release(.success): return started
                default: continue
                }
            }
        }
        return -1
    }
}

public import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes a run's machine from its beginning to its end, with every record durable at once.
public struct MachineWalk {
    public private(set) var machine: InstanceMachine
    /// Tasks that ended.
    public private(set) var ended = 0
    public private(set) var status: DagInstanceStatus?
    private let now = Date(timeIntervalSince1970: 1_000)
    private let outcome: TaskOutcome

    public init(_ dag: Dag, outcome: TaskOutcome = TaskOutcome(.success)) throws {
        self.outcome = outcome
        let instance = DagInstance(
            id: "run", dagId: dag.id, dagVersion: "v", status: .scheduled, worker: "w", session: "s", version: RecordVersion(epoch: 1),
            runEpoch: 1, createdAt: now)
        machine = try InstanceMachine(instance: instance, dag: dag, worker: "w")
    }

    /// Tasks end in the order in which they became ready.
    public mutating func run() {
        var queue: [InstanceMachine.Event] = [.begin]
        var head = 0
        while head < queue.count {
            let event = queue[head]
            head += 1
            if head == 4_096 {
                queue.removeFirst(head)
                head = 0
            }
            for effect in machine.handle(event, at: now) {
                switch effect {
                case .start(let number, _):
                    queue.append(.taskStarted(number))
                    queue.append(.taskEnded(number, outcome))
                case .recordTask(let number, let task, _):
                    ended += 1
                    queue.append(.taskRecorded(number, task.version))
                case .recordInstance(let instance): queue.append(.instanceRecorded(instance.version))
                case .release(let status): self.status = status
                case .watchTask, .watchRun, .giveUp, .cancelAttempt, .setAlarm, .settle, .send: break
                }
            }
        }
    }
}

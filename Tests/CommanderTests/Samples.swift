import Synchronization
import Workflow

@testable import Console
@testable import Engine
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs, tasks and nodes to print.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_357_016_400.25)
    static let plain = Layout(now: now)

    /// A window `width` columns wide.
    static func window(_ width: Int, height: Int = 24, color: Bool = false) -> Layout {
        Layout(width: width, height: height, usesColor: color, isForPeople: true, now: now)
    }

    static func run(_ status: DagInstanceStatus = .running, reason: String = "") -> DagInstance {
        DagInstance(
            id: "01jk", dagId: "flights", dagVersion: "0a1b2c", status: status, reason: reason, worker: "worker-1", session: "s1",
            version: RecordVersion(epoch: 2, counter: 3), runEpoch: 2, vars: ["day": "1", "month": "01"], shareData: ["rows": "842"],
            createdAt: now - 10, startedAt: now - 8, endedAt: status.isFinal ? now - 1.5 : nil)
    }

    static func task(_ id: String, _ status: TaskInstanceStatus, attempt: Int = 1, reason: String = "") -> TaskInstance {
        TaskInstance(
            dagInsId: "01jk", dagId: "flights", taskId: id, actionName: "print", status: status, reason: reason,
            attempt: status == .`init` ? 0 : attempt, version: .zero, worker: status == .`init` ? "" : "worker-1",
            startedAt: status == .`init` ? nil : now - 4, endedAt: status.isFinal ? now - 2 : nil)
    }

    static func details(_ run: DagInstance, _ tasks: [TaskInstance]) -> RunDetails {
        RunDetails(
            instance: run, dag: Dag(id: "flights", tasks: tasks.map { Dag.Task(id: $0.taskId, actionName: $0.actionName) }),
            documents: tasks)
    }

    static func node(_ key: String, alive: Bool = true, draining: Bool = false, left: Double = 7.5) -> NodeStatus {
        NodeStatus(
            node: NodeDescription(key: key, actions: ["wait", "print"], flows: [], capacity: 8, host: "here", pid: 42), session: "s-\(key)",
            isAlive: alive, isDraining: draining, secondsLeft: left, joinedAt: now - 100)
    }

    static func chunk(_ task: String, seq: Int, attempt: Int = 1, at seconds: Double, _ messages: String...) -> TraceChunk {
        TraceChunk(
            dagInsId: "01jk", taskId: task, epoch: 1, attempt: attempt, seq: seq, worker: "worker-1",
            lines: messages.map { TraceLine(at: now + seconds, level: .info, message: $0) })
    }
}

/// Collects what is printed.
final class Collected: Sendable {
    private let text = Mutex("")

    var output: Output { Output { text in self.text.withLock { $0 += text } } }
    var content: String { text.withLock { $0 } }
}

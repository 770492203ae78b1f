import TestSupport
import Workflow

/// The shape of a definition and what each of its tasks does: enough to write it as YAML, and to know how a run of it must end.
struct RunPlan: Hashable, Sendable {
    struct Task: Hashable, Sendable {
        var id: String
        var parents: [String] = []
        var millis = 0
        var flushes = false
        var fails = false
        var isShell = false
        /// Its action is not repeated when the worker is lost.
        var isAtMostOnce = false
    }

    var id: String
    var tasks: [Task]

    /// Tasks that can never start, since one that they depend on fails.
    var unreachable: Set<String> {
        var ids: Set<String> = []
        // Parents come before their children.
        for task in tasks
        where task.parents.contains(where: { parent in ids.contains(parent) || tasks.contains { $0.id == parent && $0.fails } }) {
            ids.insert(task.id)
        }
        return ids
    }

    var expectedStatus: DagInstanceStatus { tasks.contains(where: \.fails) ? .failed : .success }
}

extension RunPlan {
    /// Chains, diamonds, fan-outs, wide ones and random ones, by turns.
    /// - Parameter atMostOnce: whether definitions may ask for it.
    static func generate(_ count: Int, atMostOnce: Bool, using random: inout SeededGenerator) -> [RunPlan] {
        (0..<count).map { index in
            var plan = RunPlan(id: "plan-\(index)", tasks: shape(index % 5, &random))
            for position in plan.tasks.indices { plan.tasks[position].decorate(atMostOnce: atMostOnce, using: &random) }
            if Int.random(in: 0..<10, using: &random) == 0 { plan.tasks[plan.tasks.count / 2].fails = true }
            return plan
        }
    }

    private static func shape(_ kind: Int, _ random: inout SeededGenerator) -> [Task] {
        let size = Int.random(in: 2...5, using: &random)
        switch kind {
        case 0: return (0..<size).map { Task(id: "t\($0)", parents: $0 == 0 ? [] : ["t\($0 - 1)"]) }
        case 1:
            return [
                Task(id: "t0"), Task(id: "t1", parents: ["t0"]), Task(id: "t2", parents: ["t0"]), Task(id: "t3", parents: ["t1", "t2"]),
            ]
        case 2: return [Task(id: "t0")] + (1...size).map { Task(id: "t\($0)", parents: ["t0"]) }
        case 3: return (0..<size + 3).map { Task(id: "t\($0)") }
        default:
            return (0..<size + 1).map { index in
                Task(id: "t\(index)", parents: (0..<index).filter { _ in Bool.random(using: &random) }.map { "t\($0)" })
            }
        }
    }

    /// The definition as YAML.
    var yaml: String {
        (["id: \(id)", "tasks:"] + tasks.map(\.yaml)).joined(separator: "\n") + "\n"
    }
}

extension RunPlan.Task {
    fileprivate mutating func decorate(atMostOnce: Bool, using random: inout SeededGenerator) {
        // Most are short; some last long enough that `running` is recorded and that faults meet them.
        millis =
            Int.random(in: 0..<8, using: &random) == 0 ? Int.random(in: 200...900, using: &random) : Int.random(in: 1...60, using: &random)
        flushes = Int.random(in: 0..<4, using: &random) == 0
        isShell = Int.random(in: 0..<25, using: &random) == 0
        isAtMostOnce = atMostOnce && !isShell && Int.random(in: 0..<10, using: &random) == 0
    }

    fileprivate var yaml: String {
        let head = "  - id: \(id)\n    dependOn: [\(parents.joined(separator: ", "))]\(isAtMostOnce ? "\n    onWorkerLost: fail" : "")\n"
        guard isShell, !fails else {
            return head
                + "    action: journal\n    params: {millis: \(millis)\(flushes ? ", flush: true" : "")\(fails ? ", fail: true" : "")}\n"
        }
        return head + """
                action: shell
                params:
                  script: |
                    file="$SWIFTFLOW_TEST_JOURNAL/$SWIFTFLOW_RUN_ID.$SWIFTFLOW_TASK_ID.$SWIFTFLOW_FENCING_TOKEN.$SWIFTFLOW_ATTEMPT"
                    now() { read -r up rest < /proc/uptime; echo "${up%.*}${up#*.}0000000"; }
                    echo "start $SWIFTFLOW_RUN_ID $SWIFTFLOW_TASK_ID $SWIFTFLOW_FENCING_TOKEN $SWIFTFLOW_ATTEMPT $SWIFTFLOW_KEY $PPID 10000000 $(now)" >> "$file"
                    sleep 0.0\(millis % 10)
                    echo "end done $(now)" >> "$file"
                    echo "{\\"epoch\\": $SWIFTFLOW_FENCING_TOKEN, \\"attempt\\": $SWIFTFLOW_ATTEMPT}"

            """
    }
}

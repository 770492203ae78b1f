import Foundation
import Workflow

/// The data that all benchmarks share: the same each time.
enum Shapes {
    static let time = Date(timeIntervalSince1970: 1_767_225_600.123)

    /// One task after the other.
    static func chain(_ length: Int) -> Dag {
        Dag(id: "chain-\(length)", tasks: (0..<length).map { task("t\($0)", after: $0 == 0 ? [] : ["t\($0 - 1)"]) })
    }

    /// One task, `width` after it, and one after all of these.
    static func wide(_ width: Int) -> Dag {
        let middle = (0..<width).map { task("m\($0)", after: ["first"]) }
        return Dag(id: "wide-\(width)", tasks: [task("first")] + middle + [task("last", after: middle.map(\.id))])
    }

    /// Layers of tasks that each depend on `parents` neighbours of the layer before.
    static func layers(_ count: Int, width: Int, parents: Int) -> Dag {
        let tasks = (0..<count * width).map { number in
            let (layer, place) = number.quotientAndRemainder(dividingBy: width)
            return task("l\(layer)-\(place)", after: layer == 0 ? [] : (0..<parents).map { "l\(layer - 1)-\((place + $0) % width)" })
        }
        return Dag(id: "layers", tasks: tasks)
    }

    static func task(_ id: String, after parents: [String] = []) -> Dag.Task { Dag.Task(id: id, actionName: "noop", dependOn: parents) }

    /// A run that its node has just taken.
    static func run(of dag: Dag) -> DagInstance {
        DagInstance(
            id: "20260101T000000.123Z-5f2c9a7be1", dagId: dag.id, dagVersion: String(repeating: "0123456789abcdef", count: 2),
            status: .scheduled, worker: "worker-1", session: "5f2c9a7be15f2c9a7be15f2c9a7be15f", version: RecordVersion(epoch: 1),
            runEpoch: 1,
            vars: ["fileName": "flights.csv", "day": "2026-01-01"], createdAt: time)
    }

    /// A no-op task as it is recorded.
    static let plainTask = TaskInstance(
        dagInsId: "20260101T000000.123Z-5f2c9a7be1", dagId: "chain-10", taskId: "t5", actionName: "noop", dependOn: ["t4"],
        status: .success,
        version: RecordVersion(epoch: 1, counter: 6), worker: "worker-1", startedAt: time, endedAt: time)

    /// A task with parameters, an output and share data as it is recorded.
    static let fullTask: TaskInstance = {
        var task = plainTask
        task.params = ["command": "wc -l flights.csv", "retries": 3, "env": ["LANG": "C", "TZ": "UTC"]]
        task.output = ["rows": 6_099, "files": ["a.csv", "b.csv"], "mean": 12.5]
        task.shareData = [ShareDataChange(order: RecordVersion(epoch: 1, counter: 5), key: "rows", value: "6099")]
        return task
    }()

    static let plainParams: [String: Value] = ["command": "wc -l flights.csv", "retries": 3, "env": ["LANG": "C", "TZ": "UTC"]]

    static let templates: [String: Value] = [
        "command": "wc -l {{fileName}}", "retries": 3, "env": ["LANG": "C", "DAY": "{{vars.day}}"],
        "rows": "{{tasks.extract.output.rows[0].name}}",
    ]

    static let scope = TemplateScope(
        vars: ["fileName": "flights.csv", "day": "2026-01-01"], shareData: ["rows": "6099"],
        outputs: ["extract": ["rows": [["name": "EWR"], ["name": "JFK"]]]], runID: "run-1", dagID: "dag-1")

    /// A definition file of a chain of tasks with two parameters each.
    static func yaml(_ tasks: Int) -> String {
        "id: hundred\nname: A hundred tasks\nvars:\n  fileName:\n    desc: the file\n    defaultValue: file.csv\ntasks:\n"
            + (0..<tasks).map { number in
                """
                  - id: t\(number)
                    name: Task \(number)
                    actionName: shell
                \(number == 0 ? "" : "    dependOn: [t\(number - 1)]\n")    timeoutSecs: 60
                    params:
                      command: "wc -l {{fileName}}"
                      retries: \(number)

                """
            }.joined()
    }
}

import TestSupport
import Workflow

extension Scenario {
    /// What somebody tells a run at some moment, whatever has become of the run and its owner by then.
    struct Telling: Sendable, Hashable {
        var kind: Command.Kind
        var run: String
        /// The task that is meant; `nil` for the whole run.
        var task: String?
        /// In seconds.
        var at: Double
    }

    /// The label that nodes have and tasks ask for.
    static let label = "zone"

    /// The labels of a node: the first two differ, so that each value has a node.
    static func labels(_ node: Int) -> [String: String] { [label: node % 2 == 0 ? "even" : "odd"] }

    /// Whether tasks do more than run, succeed and fail, and whether runs are given commands. It is so in one of five histories: they take longer.
    var isRich: Bool { seed % 5 == 3 }

    /// Adds retries, fan-outs, waits, blocks, placement, tasks at the end and commands. The numbers come from a generator of their own: histories without all this stay as they are.
    mutating func enrich() {
        guard isRich else { return }
        var random = SeededGenerator(seed: seed ^ 0x9e37_79b9_7f4a_7c15)
        for dag in dags.indices {
            for task in dags[dag].tasks.indices { enrich(&dags[dag].tasks[task], &random) }
            if random.next() % 4 == 0 { dags[dag].onExit = [Self.exitTask(&random)] }
        }
        for _ in 0..<random.next() % 6 { tellings.append(telling(&random)) }
        tellings.sort { $0.at < $1.at }
    }

    private func enrich(_ task: inout Dag.Task, _ random: inout SeededGenerator) {
        var wantsLabel = false
        if nodes > 1, random.next() % 5 == 0 {
            wantsLabel = true
            task.worker = [Self.label: random.next() % 2 == 0 ? "even" : "odd"]
        }
        if random.next() % 8 == 0 { task.spread = true }
        let isPlaced = wantsLabel || task.spread == true
        if random.next() % 5 == 0 {
            var each = ForEach(items: .array((0..<Int64(1 + random.next() % 4)).map { .int($0) }))
            if random.next() % 2 == 0 { each.maxParallel = Int(1 + random.next() % 2) }
            if random.next() % 2 == 0 { each.onFailure = .finishAll }
            task.forEach = each
        }
        // What must not run twice is neither called again nor retried: the first beginning is the only one.
        guard task.onWorkerLost != .fail else { return }
        if random.next() % 3 == 0 {
            let limit = Int(1 + random.next() % 3)
            let initial = ttl * [0.02, 0.3, 1.5][Int(random.next() % 3)]
            task.retry = RetryPolicy(limit: limit, backoff: RetryPolicy.Backoff(initial: initial, max: ttl * 3))
            task.params["failures"] = .int(Int64(random.next() % UInt64(limit + 1)))
        }
        switch random.next() % 6 {
        case 0: task.params["parks"] = .int(Int64(ttl * 1_000 * [0.05, 0.5, 3][Int(random.next() % 3)]))
        case 1 where !isPlaced: task.params["blocks"] = .bool(true)
        default: break
        }
    }

    private static func exitTask(_ random: inout SeededGenerator) -> Dag.Task {
        var task = Dag.Task(id: "x", actionName: "work")
        task.params = [
            "millis": .int([0, 30, 400][Int(random.next() % 3)]), "fails": .bool(false), "traces": .int(1), "mutex": .string(""),
        ]
        return task
    }

    private func telling(_ random: inout SeededGenerator) -> Telling {
        let kinds: [Command.Kind] = [.cancel, .cancel, .retry, .retry, .continue, .continue, .reject, .pause, .pause, .resume]
        let kind = kinds[Int(random.next() % UInt64(kinds.count))]
        let run = runs[Int(random.next() % UInt64(runs.count))]
        let at = run.at + Double(random.next() >> 11) / Double(1 << 53) * (calm + 2 * ttl)
        var telling = Telling(kind: kind, run: run.id, task: nil, at: at)
        if kind != .pause, kind != .resume, random.next() % 2 == 0 {
            let tasks = dags[run.dag].tasks
            telling.task = tasks[Int(random.next() % UInt64(tasks.count))].id
        }
        return telling
    }
}

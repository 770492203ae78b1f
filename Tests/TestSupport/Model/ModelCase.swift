public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A random DAG and how its attempts end, all from one seed.
public struct ModelCase: Sendable {
    public let seed: UInt64
    public private(set) var dag: Dag
    /// How long alarms and waits are, so that no two meet by chance: each draw is another odd fraction of a second.
    private var lastFraction = 0.0

    /// - Parameter size: the most tasks, those at the end left out.
    public init(seed: UInt64, size: Int = 12) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        dag = Dag(id: "d", vars: ["day": .init(defaultValue: "sunday")])
        let count = Int.random(in: 1...max(size, 1), using: &random)
        let isPlain = Int.random(in: 0..<4, using: &random) == 0
        for number in 0..<count {
            let parents = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
                number == 0 ? nil : "t\(Int.random(in: 0..<number, using: &random))"
            }
            dag.tasks.append(task("t\(number)", parents, isPlain: isPlain, &random))
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            var exits = [task("x0", [], isPlain: isPlain, &random)]
            if Bool.random(using: &random) {
                exits.append(task("x1", Bool.random(using: &random) ? ["x0"] : [], isPlain: isPlain, &random))
            }
            dag.onExit = exits
        }
        if Int.random(in: 0..<4, using: &random) == 0 { dag.retry = policy(&random) }
        if Int.random(in: 0..<8, using: &random) == 0 { dag.timeoutSecs = Int.random(in: 5...200, using: &random) }
        dag.tasks.shuffle(using: &random)
    }

    private mutating func policy(_ random: inout SeededGenerator) -> RetryPolicy {
        lastFraction += 0.000_977
        return RetryPolicy(
            limit: Int.random(in: 0...3, using: &random),
            backoff: .init(
                initial: [0.31, 1.7, 41.0].randomElement(using: &random) ?? 1, factor: 2.03, max: 60 + lastFraction, jitter: 0),
            on: Int.random(in: 0..<4, using: &random) == 0 ? ["timeout"] : nil)
    }

    private mutating func task(_ id: String, _ parents: [String], isPlain: Bool, _ random: inout SeededGenerator) -> Dag.Task {
        var task = Dag.Task(id: id, actionName: "a", dependOn: parents)
        guard !isPlain else { return task }
        if Int.random(in: 0..<2, using: &random) == 0 { task.trigger = TriggerRule.allCases.randomElement(using: &random) }
        let waitsForAll = task.trigger != .oneSuccess && task.trigger != .oneFailed
        if waitsForAll, let parent = parents.first, Int.random(in: 0..<3, using: &random) == 0 {
            task.params = ["from": .string("{{tasks.\(parent).output}}")]
        }
        switch Int.random(in: 0..<24, using: &random) {
        case 0: task.preChecks = [check(.skip)]
        case 1, 2: task.preChecks = [check(.block)]
        case 3: task.when = [.init(source: .vars, key: "day", op: .equal, values: ["monday"])]
        case 4: task.when = [.init(source: .vars, key: "day", op: .equal, values: ["sunday"])]
        default: break
        }
        if Int.random(in: 0..<3, using: &random) == 0 { task.retry = policy(&random) }
        if Int.random(in: 0..<12, using: &random) == 0 { task.onWorkerLost = .fail }
        if Int.random(in: 0..<10, using: &random) == 0 { task.totalTimeoutSecs = Int.random(in: 1...90, using: &random) }
        if Int.random(in: 0..<12, using: &random) == 0 { task.startTimeoutSecs = Int.random(in: 1...9, using: &random) }
        if Int.random(in: 0..<6, using: &random) == 0 { task.maxLostAttempts = Int.random(in: 0...2, using: &random) }
        if Int.random(in: 0..<6, using: &random) == 0 {
            task.forEach = ForEach(
                items: .array((0..<Int.random(in: 0...4, using: &random)).map { .int(Int64($0)) }),
                maxParallel: Bool.random(using: &random) ? Int.random(in: 1...2, using: &random) : nil,
                onFailure: ForEach.OnFailure.allCases.randomElement(using: &random))
        }
        return task
    }

    private func check(_ act: PreCheck.Act) -> PreCheck {
        PreCheck(name: "c", conditions: [.init(source: .vars, key: "day", op: .isIn, values: ["sunday"])], act: act)
    }

    /// How one call of an action ends that nobody has canceled.
    /// - Parameter call: which call it is of the attempt, from 0.
    public func outcome(_ id: String, attempt: Int, call: Int, isRunAfter: Bool, at now: Date) -> TaskOutcome {
        let text = "\(seed)/\(id)/\(attempt)/\(call)/\(isRunAfter)"
        var random = SeededGenerator(seed: text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 })
        let wait: Double = [0.7, 3.1, 70.0, 500.0].randomElement(using: &random) ?? 1
        let fraction = Double.random(in: 0..<0.1, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0, 1: return TaskOutcome(.failed(reason: "no"))
        case 2: return TaskOutcome(.timedOut(reason: "late"))
        case 3: return TaskOutcome(.failed(reason: "never"), advice: .never)
        case 4: return TaskOutcome(.failed(reason: "after"), advice: .after(seconds: wait + fraction))
        case 5 where !isRunAfter && call < 3: return TaskOutcome(.parked(until: now.addingTimeInterval(wait + fraction)), memo: .int(1))
        case 6 where !isRunAfter && call < 3:
            return TaskOutcome(.blocked(reason: "ask", until: Bool.random(using: &random) ? nil : now.addingTimeInterval(wait + fraction)))
        case 7 where !isRunAfter, 8 where !isRunAfter: return TaskOutcome(.ran)
        default: return TaskOutcome(.success, output: .string(id))
        }
    }
}

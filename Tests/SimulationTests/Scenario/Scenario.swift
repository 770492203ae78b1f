import TestSupport
import Workflow

/// All that one simulated history is made of, computed from a seed. It is a value, so that a failing one can be made smaller piece by piece.
struct Scenario: Sendable, Hashable {
    var seed: UInt64
    /// The lease, in seconds.
    var ttl: Double
    var nodes: Int
    var capacity: Int
    var concurrentTasks: Int
    var adoptionLimit: Int
    var dags: [Dag]
    var runs: [Run]
    var faults: [Fault]
    /// Probabilities that hold until faults stop.
    var loss: Double
    var lateness: Double
    var hintLoss: Double
    /// No hint arrives at all.
    var areHintsLost = false
    /// What runs are told, and when.
    var tellings: [Telling] = []
    /// Processes that die in the middle of their next record of a task, one after the other.
    var lastWords: [Network.LastWords]
    /// When all faults stop, in seconds.
    var calm: Double
    /// How often nodes look for work without a hint, in seconds.
    var poll: Double

    struct Run: Sendable, Hashable {
        var id: String
        var dag: Int
        /// When it is submitted, in seconds.
        var at: Double
    }

    /// Something bad that happens to one node, or to the store.
    struct Fault: Sendable, Hashable {
        var kind: Kind
        var at: Double
        var node: Int
        /// How long it lasts, or until the node is started again, in seconds.
        var length: Double
    }

    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The process is killed, and started again after a while.
        case kill
        /// The process is killed at one of its next calls to the store: before it is sent, before it is answered, or right after.
        case killAtCall
        /// The process is stopped and goes on later, as by SIGSTOP and SIGCONT.
        case pause
        /// Requests do not arrive.
        case cutRequests
        /// Answers do not arrive.
        case cutAnswers
        /// Nothing gets through.
        case cut
        /// Somebody else takes the processor.
        case starve
        /// Its wall clock jumps, by up to ten leases.
        case clockJump
        /// Another member becomes the primary; some nodes notice late.
        case failover
        /// Another process is started under the key of a node that may be alive.
        case twin
        /// The process is told to stop, and started again.
        case restart
        /// It is told to stop, and stopped at once.
        case hardStop
        /// Somebody wants the node to be empty, and takes it back later.
        case drain
        /// The store answers slowly.
        case slowStore
        /// The store is away altogether.
        case outage
    }
}

extension Scenario {
    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func number(_ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * (Double(random.next() >> 11) / Double(1 << 53))
        }
        func count(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }

        self.seed = seed
        ttl = [1, 1, 2, 5][count(0...3)]
        poll = ttl * 0.6
        nodes = count(2...4)
        capacity = [1, 2, 8][count(0...2)]
        concurrentTasks = count(1...4)
        adoptionLimit = count(0...3) == 0 ? 2 : 1_000
        dags = (0..<count(1...2)).map { Self.dag("d\($0)", tasks: count(1...6), &random) }
        let (span, dagCount) = (number(0...3) * ttl, dags.count)
        runs = (0..<count(1...4)).map { Run(id: "r\($0)", dag: count(0...(dagCount - 1)), at: number(0...max(span, 0.01))) }
        calm = number(2...6) * ttl
        let isQuiet = count(0...9) == 0
        let (last, members, lease) = (calm, nodes, ttl)
        faults = (0..<(isQuiet ? 0 : count(1...6))).map { _ in
            Fault(
                kind: Kind.allCases[count(0...(Kind.allCases.count - 1))], at: number(0...(last * 0.8)), node: count(0...(members - 1)),
                length: [0.05, 0.4, 1, 1.2, 2.5][count(0...4)] * lease * number(0.5...1.2))
        }
        .sorted { $0.at < $1.at }
        loss = !isQuiet && count(0...2) == 0 ? number(0...0.1) : 0
        lateness = !isQuiet && count(0...2) == 0 ? [0.02, 0.1, 0.4][count(0...2)] : 0
        hintLoss = count(0...2) == 0 ? number(0...1) : 0
        lastWords = [[], [], [], [], [.late], [.unsent], [.late, .unsent], [.late, .unsent, .unsent]][count(0...7)]
        if isQuiet { lastWords = [] }
        enrich()
    }

    /// A graph in which each task depends on some of those before it.
    private static func dag(_ id: String, tasks count: Int, _ random: inout SeededGenerator) -> Dag {
        var dag = Dag(id: id)
        for number in 0..<count {
            var task = Dag.Task(id: "t\(number)", actionName: "work")
            for parent in 0..<number where random.next() % 3 == 0 { task.dependOn.append("t\(parent)") }
            if number > 0, task.dependOn.isEmpty, random.next() % 2 == 0 { task.dependOn = ["t\(number - 1)"] }
            task.params["millis"] = .int([0, 0, 1, 20, 90, 150, 400, 1_500, 4_000][Int(random.next() % 9)])
            task.params["fails"] = .bool(random.next() % 16 == 0)
            task.params["traces"] = .int(Int64(random.next() % 3))
            task.params["mutex"] = .string(random.next() % 5 == 0 ? "m\(random.next() % 2)" : "")
            if random.next() % 5 == 0 { task.onWorkerLost = .fail }
            dag.tasks.append(task)
        }
        return dag
    }
}

extension Scenario: CustomStringConvertible {
    var description: String {
        var lines = [
            "seed \(seed): \(nodes) nodes, lease \(ttl) s, capacity \(capacity), \(concurrentTasks) tasks at once, adoption limit \(adoptionLimit), calm from \(calm) s, loss \(loss), lateness \(lateness), hint loss \(hintLoss), last words \(lastWords.map(\.rawValue))"
        ]
        for dag in dags {
            let tasks = dag.allTasks.map { task in
                "\(task.id)(\(task.dependOn.joined(separator: ",")))\(task.onWorkerLost == .fail ? "!" : "") \(Value.object(task.params).compactJSON)\(task.features)"
            }
            lines.append("  DAG \(dag.id): \(tasks.joined(separator: "; "))")
        }
        lines += tellings.map { "  \($0.kind.rawValue) \($0.run) \($0.task ?? "") at \($0.at) s" }
        lines += runs.map { "  run \($0.id) of d\($0.dag) at \($0.at) s" }
        lines += faults.map { "  \($0.kind.rawValue) of node \($0.node) at \($0.at) s for \($0.length) s" }
        return lines.joined(separator: "\n")
    }
}

extension Dag.Task {
    /// What the task has beyond its action, in few words.
    fileprivate var features: String {
        var words: [String] = []
        if let retry { words.append("\(retry.limit) retries") }
        if let forEach { words.append("for each of \(forEach.items.compactJSON), \(forEach.maxParallel ?? 0) at once") }
        if let worker { words.append("on \(worker.values.sorted().joined())") }
        if spread == true { words.append("spread") }
        return words.isEmpty ? "" : " [\(words.joined(separator: ", "))]"
    }
}

/// The tasks of a DAG as arrays: what a run needs to know which task may start next.
///
/// Tasks are numbered in written order. Children and parents are kept as flat adjacency arrays, so a graph costs a few bytes per task and edge, and a step
/// costs the number of edges of one task, never the number of paths.
public struct TaskGraph: Sendable {
    /// Task ids by number.
    public let ids: [String]
    private let numbers: [String: Int32]
    private let childStarts: [Int32]
    private let childNumbers: [Int32]
    private let parentStarts: [Int32]
    private let parentNumbers: [Int32]
    /// The definitions by number.
    let tasks: [Dag.Task]
    /// Trigger rules by number; empty where no task has one.
    let triggers: [TriggerRule?]
    /// The number of the first task that runs at the end (`onExit`); the count where there is none.
    public let exitStart: Int

    /// The graph of a definition: its tasks, then those that run at the end.
    /// - Throws: as `init(_:)`.
    public init(_ dag: Dag) throws(TaskGraphError) { try self.init(dag.allTasks, exitStart: dag.tasks.count) }

    /// Builds the graph.
    /// - Throws: `TaskGraphError` on a repeated id, an unknown dependency or a cycle; the first that is found.
    public init(_ tasks: [Dag.Task]) throws(TaskGraphError) { try self.init(tasks, exitStart: tasks.count) }

    private init(_ tasks: [Dag.Task], exitStart: Int) throws(TaskGraphError) {
        self.tasks = tasks
        self.exitStart = exitStart
        triggers = tasks.contains { $0.trigger != nil } ? tasks.map(\.trigger) : []
        ids = tasks.map(\.id)
        var numbers: [String: Int32] = [:]
        numbers.reserveCapacity(tasks.count)
        for (number, task) in tasks.enumerated() {
            guard numbers.updateValue(Int32(number), forKey: task.id) == nil else { throw .duplicateTask(task.id) }
        }
        self.numbers = numbers
        (parentStarts, parentNumbers) = try Self.parents(of: tasks, numbers)
        (childStarts, childNumbers) = Self.reversed(parentStarts, parentNumbers)
        if let cycle = findCycle() { throw .cycle(cycle.map { ids[$0] }) }
    }

    /// How many tasks there are.
    public var count: Int { ids.count }

    /// The number of a task.
    public func number(of id: String) -> Int? { numbers[id].map(Int.init) }

    /// Who depends on task `number`.
    public func children(of number: Int) -> some Sequence<Int> {
        childNumbers[Int(childStarts[number])..<Int(childStarts[number + 1])].lazy.map(Int.init)
    }

    /// What task `number` depends on.
    public func parents(of number: Int) -> some Sequence<Int> {
        parentNumbers[Int(parentStarts[number])..<Int(parentStarts[number + 1])].lazy.map(Int.init)
    }

    /// How many tasks task `number` depends on.
    public func parentCount(of number: Int) -> Int { Int(parentStarts[number + 1] - parentStarts[number]) }

    /// The parents of each task, without repetitions, one task's behind the other's.
    private static func parents(
        of tasks: [Dag.Task], _ numbers: [String: Int32]
    ) throws(TaskGraphError) -> (starts: [Int32], numbers: [Int32]) {
        var starts: [Int32] = [0]
        starts.reserveCapacity(tasks.count + 1)
        var parents: [Int32] = []
        parents.reserveCapacity(tasks.reduce(0) { $0 + $1.dependOn.count })
        // By which task a task was last named: a mark costs less than a set for each task.
        var namedBy = [Int32](repeating: -1, count: tasks.count)
        for (number, task) in tasks.enumerated() {
            for id in task.dependOn {
                guard let parent = numbers[id] else { throw .unknownDependency(task: task.id, dependency: id) }
                guard namedBy[Int(parent)] != Int32(number) else { continue }
                namedBy[Int(parent)] = Int32(number)
                parents.append(parent)
            }
            starts.append(Int32(parents.count))
        }
        return (starts, parents)
    }

    /// The same edges from the other end; sorted by counting.
    private static func reversed(_ starts: [Int32], _ numbers: [Int32]) -> (starts: [Int32], numbers: [Int32]) {
        var ends = [Int32](repeating: 0, count: starts.count)
        for number in numbers { ends[Int(number) + 1] += 1 }
        for index in ends.indices.dropFirst() { ends[index] += ends[index - 1] }
        var next = ends
        var reversed = [Int32](repeating: 0, count: numbers.count)
        for task in 0..<starts.count - 1 {
            for edge in starts[task]..<starts[task + 1] {
                let other = Int(numbers[Int(edge)])
                reversed[Int(next[other])] = Int32(task)
                next[other] += 1
            }
        }
        return (ends, reversed)
    }

    /// One cycle as the tasks on it in order of dependency, or `nil`.
    ///
    /// Tasks without open parents are taken away until none is left (Kahn, "Topological sorting of large networks", 1962); from what remains every way
    /// back along parents must meet itself.
    private func findCycle() -> [Int]? {
        var open = (0..<count).map(parentCount(of:))
        var ready = (0..<count).filter { open[$0] == 0 }
        var taken = 0
        while let number = ready.popLast() {
            taken += 1
            for child in children(of: number) {
                open[child] -= 1
                if open[child] == 0 { ready.append(child) }
            }
        }
        guard taken < count, var current = (0..<count).first(where: { open[$0] > 0 }) else { return nil }
        var position: [Int: Int] = [:]
        var path: [Int] = []
        while position[current] == nil {
            position[current] = path.count
            path.append(current)
            guard let parent = parents(of: current).first(where: { open[$0] > 0 }) else { return nil }
            current = parent
        }
        return Array(path[(position[current] ?? 0)...].reversed())
    }
}

/// Why tasks do not make a graph.
public enum TaskGraphError: Error, Hashable, Sendable {
    case duplicateTask(String)
    case unknownDependency(task: String, dependency: String)
    /// The tasks on the cycle, each depended on by the next, the last by the first.
    case cycle([String])
}

extension TaskGraphError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .duplicateTask(let id): "two tasks have the id '\(id)'"
        case .unknownDependency(let task, let dependency): "task '\(task)' depends on '\(dependency)', which does not exist"
        case .cycle(let ids): "the tasks depend on each other in a circle: \((ids + ids.prefix(1)).joined(separator: " -> "))"
        }
    }
}

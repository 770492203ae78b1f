/// The tasks of a DAG as arrays: what a run needs to know which task may start next.
///
/// Tasks are numbered in written order. Children and parents are kept as flat adjacency arrays, so a graph costs a few bytes per task and edge, and a step
/// costs the number of edges of one task, never the number of paths.
public struct TaskGraph: Sendable {
    /// Task ids by number.
    public let ids: [String]
    private let numbers: [String: Int]
    private let childStarts: [Int32]
    private let childNumbers: [Int32]
    private let parentStarts: [Int32]
    private let parentNumbers: [Int32]

    /// Builds the graph.
    /// - Throws: `TaskGraphError` on a repeated id, an unknown dependency or a cycle; the first that is found.
    public init(_ tasks: [Dag.Task]) throws(TaskGraphError) {
        ids = tasks.map(\.id)
        var numbers: [String: Int] = [:]
        for (number, task) in tasks.enumerated() {
            guard numbers.updateValue(number, forKey: task.id) == nil else { throw .duplicateTask(task.id) }
        }
        self.numbers = numbers
        var parents: [[Int32]] = []
        parents.reserveCapacity(tasks.count)
        for task in tasks {
            var seen: Set<String> = []
            var own: [Int32] = []
            for id in task.dependOn where seen.insert(id).inserted {
                guard let parent = numbers[id] else { throw .unknownDependency(task: task.id, dependency: id) }
                own.append(Int32(parent))
            }
            parents.append(own)
        }
        var children = [[Int32]](repeating: [], count: tasks.count)
        for (number, own) in parents.enumerated() {
            for parent in own { children[Int(parent)].append(Int32(number)) }
        }
        (parentStarts, parentNumbers) = Self.flatten(parents)
        (childStarts, childNumbers) = Self.flatten(children)
        if let cycle = findCycle() { throw .cycle(cycle.map { ids[$0] }) }
    }

    /// How many tasks there are.
    public var count: Int { ids.count }

    /// The number of a task.
    public func number(of id: String) -> Int? { numbers[id] }

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

    private static func flatten(_ lists: [[Int32]]) -> (starts: [Int32], numbers: [Int32]) {
        var starts: [Int32] = [0]
        starts.reserveCapacity(lists.count + 1)
        var numbers: [Int32] = []
        for list in lists {
            numbers += list
            starts.append(Int32(numbers.count))
        }
        return (starts, numbers)
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

import TestSupport
import Testing
import Workflow

@Suite("Task graphs")
struct TaskGraphTests {
    private func task(_ id: String, _ parents: String...) -> Dag.Task { Dag.Task(id: id, actionName: "print", dependOn: parents) }

    @Test("tasks are numbered in written order and know their parents and children")
    func neighbours() throws {
        let graph = try TaskGraph([task("d", "b", "c"), task("a"), task("b", "a"), task("c", "a")])
        #expect(graph.ids == ["d", "a", "b", "c"])
        #expect(graph.number(of: "b") == 2)
        #expect(graph.number(of: "x") == nil)
        #expect(Array(graph.parents(of: 0)) == [2, 3])
        #expect(Array(graph.children(of: 1)) == [2, 3])
        #expect(graph.parentCount(of: 1) == 0)
        #expect(Array(graph.children(of: 0)).isEmpty)
    }

    @Test("a dependency that is named twice counts once")
    func repeatedDependency() throws {
        let graph = try TaskGraph([task("a"), task("b", "a", "a")])
        #expect(graph.parentCount(of: 1) == 1)
        #expect(Array(graph.children(of: 0)) == [1])
    }

    @Test("no tasks make an empty graph")
    func empty() throws { #expect(try TaskGraph([]).count == 0) }

    @Test("a cycle is reported as its whole path, without the tasks that only lead to it")
    func cycle() {
        let error = #expect(throws: TaskGraphError.self) {
            try TaskGraph([task("lead"), task("a", "c", "lead"), task("b", "a"), task("c", "b"), task("after", "c")])
        }
        guard case .cycle(let path) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(path.count == 3)
        #expect(Set(path) == ["a", "b", "c"])
        let parents = ["a": "c", "b": "a", "c": "b"]
        for (index, id) in path.enumerated() { #expect(parents[path[(index + 1) % 3]] == id, "\(path)") }
        #expect(error?.description.hasSuffix("-> \(path[0])") == true)
    }

    @Test("a task that depends on itself is a cycle of one")
    func selfDependency() {
        #expect(throws: TaskGraphError.cycle(["a"])) { try TaskGraph([task("a", "a")]) }
    }

    @Test("repeated ids and unknown dependencies are named")
    func mistakes() {
        #expect(throws: TaskGraphError.duplicateTask("a")) { try TaskGraph([task("a"), task("a")]) }
        #expect(throws: TaskGraphError.unknownDependency(task: "a", dependency: "b")) { try TaskGraph([task("a", "b")]) }
    }

    @Test("100,000 tasks with 10 parents each are built and walked within a minute, and every task becomes free once")
    func large() throws {
        var random = SeededGenerator(seed: 1)
        let count = 100_000
        var tasks: [Dag.Task] = []
        tasks.reserveCapacity(count)
        for number in 0..<count {
            let parents = number < 10 ? [] : (0..<10).map { _ in "t\(Int.random(in: 0..<number, using: &random))" }
            tasks.append(Dag.Task(id: "t\(number)", actionName: "print", dependOn: parents))
        }
        let started = ContinuousClock.now
        let graph = try TaskGraph(tasks)
        #expect(walk(graph).taken == count)
        #expect(ContinuousClock.now - started < .seconds(60))
    }

    @Test("a walk touches every edge exactly once, however many paths there are")
    func edgesOnce() throws {
        // 60 layers of 3 tasks, each depending on all of the layer before: 3^59 paths, 531 edges.
        let tasks = (0..<60).flatMap { layer in
            (0..<3).map { place in
                Dag.Task(id: "\(layer)-\(place)", actionName: "print", dependOn: layer == 0 ? [] : (0..<3).map { "\(layer - 1)-\($0)" })
            }
        }
        let result = walk(try TaskGraph(tasks))
        #expect(result.taken == 180)
        #expect(result.edges == 59 * 9)
    }

    /// Takes tasks as they become free.
    private func walk(_ graph: TaskGraph) -> (taken: Int, edges: Int) {
        var open = (0..<graph.count).map(graph.parentCount(of:))
        var free = (0..<graph.count).filter { open[$0] == 0 }
        var (taken, edges) = (0, 0)
        while let number = free.popLast() {
            taken += 1
            for child in graph.children(of: number) {
                edges += 1
                open[child] -= 1
                if open[child] == 0 { free.append(child) }
            }
        }
        return (taken, edges)
    }
}

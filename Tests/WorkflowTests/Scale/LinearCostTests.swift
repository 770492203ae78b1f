import TestSupport
import Testing
import Workflow

/// What a task and an edge cost must not depend on how many there are.
///
/// Processor time is compared, the least of several tries, and the bound is generous: what is quadratic costs ten times as much at ten times the size.
@Suite("Cost by size", .serialized)
struct LinearCostTests {
    /// What a task or edge may cost more in a graph of ten times the size. Caches alone make a third of it.
    private static let bound = 3.0

    private static let shapes = [(1, 1), (50, 1), (50, 10), (1_000, 10)]

    /// Processor time for each task and edge at two sizes, the greater over the smaller.
    private func ratio(_ width: Int, _ parents: Int, sizes: (Int, Int), _ body: (DagShape) throws -> () throws -> Void) throws -> Double {
        func cost(_ tasks: Int) throws -> Double {
            let shape = DagShape(tasks: tasks, width: width, parents: parents)
            let work = try body(shape)
            return try ProcessorTime.best(of: 3, work) / Double(shape.tasks + shape.edges)
        }
        let small = try cost(sizes.0)
        return try cost(sizes.1) / small
    }

    @Test("a graph costs by its tasks and edges", arguments: shapes)
    func graph(width: Int, parents: Int) throws {
        let ratio = try ratio(width, parents, sizes: (5_000, 50_000)) { shape in
            let dag = shape.dag()
            return {
                let graph = try TaskGraph(dag.tasks)
                #expect(graph.count == shape.tasks)
            }
        }
        #expect(ratio < Self.bound)
    }

    @Test("a run costs by its tasks and edges, from its first task to its last", arguments: shapes)
    func machine(width: Int, parents: Int) throws {
        let ratio = try ratio(width, parents, sizes: (2_000, 20_000)) { shape in
            let dag = shape.dag()
            return {
                var walk = try MachineWalk(dag, outcome: TaskOutcome(.success, output: 1))
                walk.run()
                #expect(walk.ended == shape.tasks && walk.status == .success)
            }
        }
        #expect(ratio < Self.bound)
    }

    @Test("a file costs by its tasks and edges, whether tasks use what is near or what is far", arguments: [false, true])
    func parsing(grandparents: Bool) throws {
        let ratio = try ratio(20, 3, sizes: (300, 3_000)) { shape in
            let text = shape.yaml(grandparents: grandparents)
            return { #expect(DagParser.parse(text, file: "d.yaml").problems.isEmpty) }
        }
        #expect(ratio < Self.bound)
    }

    @Test("the hash of a definition costs by its size")
    func hash() throws {
        let ratio = try ratio(50, 3, sizes: (500, 5_000)) { shape in
            let dag = shape.dag()
            return { _ = try dag.contentVersion() }
        }
        #expect(ratio < Self.bound)
    }

    @Test("100,000 tasks are allowed unless a limit says otherwise, and one more is not")
    func limit() {
        #expect(DagLimits().maxTasks == 100_000)
        let text = "tasks:\n" + (0..<6).map { "- {id: t\($0), action: print}\n" }.joined()
        #expect(DagParser.parse(text, file: "d.yaml", limits: DagLimits(maxTasks: 6)).dag?.tasks.count == 6)
        #expect(DagParser.parse(text, file: "d.yaml", limits: DagLimits(maxTasks: 5)).dag == nil)
    }
}

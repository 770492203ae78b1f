package import Engine
package import Workflow

/// The tasks of a run as a graph to draw: fan-outs are one node with the number of their items, and many tasks that stand at the same place are one.
package struct RunGraph: Sendable {
    package struct Node: Sendable {
        /// More than one where they are drawn as one.
        package var tasks: [TaskInstance]
        /// How many items are done, and of how many, where it is a fan-out.
        package var items: (done: Int, count: Int)?
        package var parents: [Int] = []
        package var children: [Int] = []
        /// The longest way from a task that depends on none, from 1.
        package var layer = 1
        /// Whether it runs at the end (`onExit`).
        package var isExit = false
    }

    package private(set) var nodes: [Node] = []

    /// So many tasks with the same parents and children are drawn as one.
    static let foldLimit = 6
    /// Above so many, edges that follow from others are drawn too: finding them costs the square.
    private static let reductionLimit = 2_000

    package init(_ details: RunDetails) {
        let rows = TaskRow.rows(details.instance, details.tasks, itemLimit: 0)
        let exits = Set((details.dag?.onExit ?? []).map(\.id))
        let dependencies = Dictionary(
            (details.dag?.allTasks ?? []).map { ($0.id, $0.dependOn) }, uniquingKeysWith: { first, _ in first })
        for row in rows where !details.isItem(row.task) {
            nodes.append(Node(tasks: [row.task], items: row.items, isExit: exits.contains(row.task.taskId)))
        }
        connect { dependencies[$0.taskId] ?? $0.dependOn }
        reduce()
        fold()
    }

    // MARK: Edges

    private mutating func connect(_ dependOn: (TaskInstance) -> [String]) {
        let numbers = Dictionary(nodes.enumerated().map { ($1.tasks[0].taskId, $0) }, uniquingKeysWith: { first, _ in first })
        for index in nodes.indices {
            let parents = Set(dependOn(nodes[index].tasks[0]).compactMap { numbers[$0] }).subtracting([index])
            nodes[index].parents = parents.sorted()
            for parent in nodes[index].parents { nodes[parent].children.append(index) }
        }
        layOut()
    }

    /// Gives each node its layer. What lies on a circle, which no definition has, loses its edges.
    private mutating func layOut() {
        var open = nodes.map(\.parents.count)
        var ready = nodes.indices.filter { open[$0] == 0 }
        var next = 0
        while next < ready.count {
            let node = ready[next]
            next += 1
            for child in nodes[node].children {
                nodes[child].layer = max(nodes[child].layer, nodes[node].layer + 1)
                open[child] -= 1
                if open[child] == 0 { ready.append(child) }
            }
        }
        guard ready.count < nodes.count else { return }
        let circle = Set(nodes.indices).subtracting(ready)
        for index in nodes.indices {
            if circle.contains(index) { (nodes[index].parents, nodes[index].children) = ([], []) }
            nodes[index].children.removeAll(where: circle.contains)
        }
    }

    /// Takes away edges that follow from others: a task that waits for another waits for all that one waited for.
    private mutating func reduce() {
        guard nodes.count <= Self.reductionLimit else { return }
        let words = (nodes.count + 63) / 64
        var ancestors = [[UInt64]](repeating: [], count: nodes.count)
        for index in nodes.indices.sorted(by: { nodes[$0].layer < nodes[$1].layer }) {
            var above = [UInt64](repeating: 0, count: words)
            for parent in nodes[index].parents { for word in 0..<words { above[word] |= ancestors[parent][word] } }
            nodes[index].parents.removeAll { above[$0 / 64] & (1 << UInt64($0 % 64)) != 0 }
            for parent in nodes[index].parents { above[parent / 64] |= 1 << UInt64(parent % 64) }
            ancestors[index] = above
        }
        for index in nodes.indices { nodes[index].children = [] }
        for index in nodes.indices { for parent in nodes[index].parents { nodes[parent].children.append(index) } }
    }

    // MARK: Folding

    /// What stands at the same place in the graph.
    struct Place: Hashable {
        var parents: [Int]
        var children: [Int]
        var isExit: Bool
    }

    func place(_ index: Int) -> Place {
        Place(parents: nodes[index].parents, children: nodes[index].children, isExit: nodes[index].isExit)
    }

    private mutating func fold() {
        let groups = Dictionary(grouping: nodes.indices, by: place).values.filter { $0.count >= Self.foldLimit }
        guard !groups.isEmpty else { return }
        // The first of a group stands for all.
        var standsFor = Array(nodes.indices)
        for group in groups {
            for index in group.dropFirst() { standsFor[index] = group[0] }
            nodes[group[0]].tasks = group.flatMap { nodes[$0].tasks }
            nodes[group[0]].items = nil
        }
        let kept = nodes.indices.filter { standsFor[$0] == $0 }
        let numbers = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func renumbered(_ others: [Int]) -> [Int] { Set(others.compactMap { numbers[standsFor[$0]] }).sorted() }
        nodes = kept.map { index in
            var node = nodes[index]
            (node.parents, node.children) = (renumbered(node.parents), renumbered(node.children))
            return node
        }
    }

    // MARK: Order

    /// Parents before children, each branch to its end before the next begins, what has nothing below it last.
    var order: [Int] {
        var open = nodes.map(\.parents.count)
        func ranked(_ some: [Int]) -> [Int] {
            some.sorted { (nodes[$0].children.isEmpty ? 1 : 0, $0) < (nodes[$1].children.isEmpty ? 1 : 0, $1) }
        }
        var stack = Array(ranked(nodes.indices.filter { open[$0] == 0 }).reversed())
        // What runs at the end stands at the end.
        stack = stack.filter { nodes[$0].isExit } + stack.filter { !nodes[$0].isExit }
        var order: [Int] = []
        while let node = stack.popLast() {
            order.append(node)
            var ready: [Int] = []
            for child in nodes[node].children {
                open[child] -= 1
                if open[child] == 0 { ready.append(child) }
            }
            stack += ranked(ready).reversed()
        }
        return order
    }
}

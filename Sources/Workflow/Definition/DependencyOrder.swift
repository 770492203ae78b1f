/// Which tasks depend on each other in circles, and an order in which parents come first, for dependencies that may be wrong.
struct DependencyOrder {
    /// Groups of tasks, parents before children; a group of more than one is a set of tasks each of which needs every other.
    private(set) var groups: [[Int]] = []
    /// For each task, the tasks that it depends on.
    let parents: [[Int]]

    /// Finds the strongly connected components (R. Tarjan, "Depth-first search and linear graph algorithms", 1972), with a stack of its
    /// own in place of recursion.
    init(parents: [[Int]]) {
        self.parents = parents
        var index = [Int?](repeating: nil, count: parents.count)
        var low = [Int](repeating: 0, count: parents.count)
        var isOpen = [Bool](repeating: false, count: parents.count)
        var open: [Int] = []
        var visited = 0
        var path: [(task: Int, next: Int)] = []
        func enter(_ task: Int) {
            index[task] = visited
            low[task] = visited
            visited += 1
            open.append(task)
            isOpen[task] = true
            path.append((task, 0))
        }
        for root in parents.indices where index[root] == nil {
            enter(root)
            while let (task, next) = path.last {
                if next < parents[task].count {
                    path[path.count - 1].next += 1
                    let parent = parents[task][next]
                    if let seen = index[parent] {
                        if isOpen[parent] { low[task] = min(low[task], seen) }
                    } else {
                        enter(parent)
                    }
                    continue
                }
                path.removeLast()
                if let child = path.last?.task { low[child] = min(low[child], low[task]) }
                guard low[task] == index[task] else { continue }
                var group: [Int] = []
                while let member = open.popLast() {
                    isOpen[member] = false
                    group.append(member)
                    if member == task { break }
                }
                groups.append(group.sorted())
            }
        }
    }

    /// One shortest circle for each group that has one, from its first task in written order: each task is needed by the next, the last
    /// by the first.
    var cycles: [[Int]] { groups.filter { $0.count > 1 }.map(cycle) }

    /// Goes from the first task of a group along parents, breadth first, until it is met again.
    private func cycle(in group: [Int]) -> [Int] {
        let members = Set(group)
        let start = group[0]
        var cameFrom: [Int: Int] = [:]
        var queue = [start]
        var head = 0
        while head < queue.count {
            let task = queue[head]
            head += 1
            for parent in parents[task] where members.contains(parent) {
                if parent == start {
                    var circle = [task]
                    while let last = circle.last, last != start, let next = cameFrom[last] { circle.append(next) }
                    // From the one that needs the start back to the start, along what needs what.
                    return [start] + circle.dropLast()
                }
                if cameFrom[parent] == nil {
                    cameFrom[parent] = task
                    queue.append(parent)
                }
            }
        }
        return group
    }
}

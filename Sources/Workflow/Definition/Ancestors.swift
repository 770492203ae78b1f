/// Answers, for many pairs at once, whether a task must have ended before another starts.
///
/// 64 tasks are followed together, a bit for each, in one pass over the tasks with parents first. So memory grows with the tasks, and
/// time with (tasks + dependencies) * (tasks asked about / 64).
struct Ancestors {
    private let order: DependencyOrder
    /// Those asked about; each is given a pass and a bit.
    private let asked: [Int]

    init(_ order: DependencyOrder, asked: Set<Int>) {
        self.order = order
        self.asked = asked.sorted()
    }

    /// Calls `body` with each task asked about and a function that tells whether that is an ancestor of a task.
    func forEach(_ body: (_ ancestor: Int, _ isAncestor: (_ task: Int) -> Bool) -> Void) {
        for start in stride(from: 0, to: asked.count, by: 64) {
            let batch = asked[start..<min(start + 64, asked.count)]
            let masks = masks(of: Array(batch))
            for (bit, ancestor) in batch.enumerated() { body(ancestor) { task in masks[task] & (1 << UInt64(bit)) != 0 } }
        }
    }

    private func masks(of batch: [Int]) -> [UInt64] {
        var own = [UInt64](repeating: 0, count: order.parents.count)
        for (bit, task) in batch.enumerated() { own[task] = 1 << UInt64(bit) }
        var masks = [UInt64](repeating: 0, count: order.parents.count)
        for group in order.groups {
            var mask: UInt64 = 0
            for task in group {
                for parent in order.parents[task] { mask |= masks[parent] | own[parent] }
            }
            for task in group { masks[task] = mask }
        }
        return masks
    }
}

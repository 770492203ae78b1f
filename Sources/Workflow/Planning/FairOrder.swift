/// The order in which waiting runs are given out: higher priority first; within one priority the DAGs take turns, whoever was served longest ago first; within a DAG the oldest first.
///
/// So a DAG with a backlog of thousands delays a run of another by one run. Turns are remembered by their numbers (`turns`), which the caller keeps from tick to tick.
public struct FairOrder: Hashable, Sendable {
    /// What is looked at of a run.
    public struct Item: Hashable, Sendable {
        public var dagId: String
        public var priority: Int

        public init(dagId: String, priority: Int) {
            self.dagId = dagId
            self.priority = priority
        }
    }

    /// Indices into the items, in the order in which they are served.
    public let indices: [Int]

    /// - Parameters:
    ///   - items: the oldest first.
    ///   - turns: the number of the last turn that each DAG had; absent for one that had none.
    public init(_ items: [Item], turns: [String: Int]) {
        guard let first = items.first, items.contains(where: { $0 != first }) else {
            indices = Array(items.indices)
            return
        }
        var rounds: [Item: Int] = [:]
        let places = items.enumerated().map { index, item -> Place in
            let round = rounds[item, default: 0]
            rounds[item] = round + 1
            return Place(priority: item.priority, round: round, turn: turns[item.dagId] ?? .min, dagId: item.dagId, index: index)
        }
        // Of those who were never served, it is the turn of whoever has waited longest.
        var firsts: [String: Int] = [:]
        for (index, item) in items.enumerated() where firsts[item.dagId] == nil { firsts[item.dagId] = index }
        indices =
            places.sorted { left, right in
                if left.priority != right.priority { return left.priority > right.priority }
                if left.round != right.round { return left.round < right.round }
                if left.turn != right.turn { return left.turn < right.turn }
                return (firsts[left.dagId] ?? 0, left.index) < (firsts[right.dagId] ?? 0, right.index)
            }.map(\.index)
    }

    private struct Place {
        var priority: Int
        var round: Int
        var turn: Int
        var dagId: String
        var index: Int
    }
}

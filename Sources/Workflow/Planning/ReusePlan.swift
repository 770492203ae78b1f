/// Which tasks of a new run are taken over from an earlier one, which run, and which are left out.
///
/// The definition is that of the new run, which may be another version than the earlier run's: tasks are the same by their ids.
public struct ReusePlan: Sendable, Hashable {
    /// Tasks that are finished already, since the earlier run has done them.
    public private(set) var taken: [String] = []
    /// Tasks that do not run, since one task alone was asked for.
    public private(set) var leftOut: [String] = []
    /// Tasks whose results are needed by those that run anew, and that the earlier run has not done.
    public private(set) var missing: [String] = []

    /// - Parameters:
    ///   - from: tasks from which on everything runs anew; what the earlier run has not done runs anew in any case.
    ///   - only: the one task that runs; what follows from it, and what it does not need, does not.
    ///   - earlier: what became of a task in the earlier run; `nil` where it has not been in it.
    public init(_ graph: TaskGraph, from: [String], only: String?, earlier: (String) -> TaskInstanceStatus?) {
        let anew = Self.reached(from: from + [only].compactMap(\.self), graph) { graph.children(of: $0).map(\.self) }
        let needed = Self.reached(from: from + [only].compactMap(\.self), graph) { graph.parents(of: $0).map(\.self) }
        let starts = Set((from + [only].compactMap(\.self)).compactMap(graph.number(of:)))
        for number in 0..<graph.count {
            let (id, status) = (graph.ids[number], earlier(graph.ids[number]))
            let isNeeded = needed.contains(number) && !anew.contains(number)
            // The results of a fan-out are those of its items, which belong to the earlier run: it runs anew.
            let isFan = graph.tasks[number].forEach != nil
            if isNeeded, status != .success, status != .skipped { missing.append(id) }
            if number < graph.exitStart, !anew.contains(number), status == .success, !isFan {
                taken.append(id)
            } else if only != nil, !starts.contains(number), !(isFan && isNeeded) {
                leftOut.append(id)
            }
        }
    }

    /// Tasks that can be reached from some, which belong to them.
    private static func reached(from ids: [String], _ graph: TaskGraph, _ next: (Int) -> [Int]) -> Set<Int> {
        var reached = Set(ids.compactMap(graph.number(of:)))
        var open = Array(reached)
        while let number = open.popLast() {
            for other in next(number) where reached.insert(other).inserted { open.append(other) }
        }
        return reached
    }
}

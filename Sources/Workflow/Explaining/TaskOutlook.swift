/// What may become of the tasks of a run, seen from what is in the store.
struct TaskOutlook {
    /// What a task means for those that depend on it.
    enum Fate: Hashable {
        case success
        case skipped
        /// Failed, canceled or unreachable; and the task that it comes from.
        case failed(because: String)
        /// Not over.
        case open
        /// It may start.
        case ready
    }

    /// By number in the graph.
    private(set) var fates: [Fate]
    let graph: TaskGraph

    /// - Parameter status: what each task is, by its id, with commands that stand taken into account.
    init(_ tasks: [Dag.Task], graph: TaskGraph, status: (String) -> TaskInstanceStatus) {
        self.graph = graph
        fates = Array(repeating: .open, count: graph.count)
        // Parents first (Kahn, "Topological sorting of large networks", 1962).
        var missing = (0..<graph.count).map(graph.parentCount(of:))
        var next = (0..<graph.count).filter { missing[$0] == 0 }
        while let number = next.popLast() {
            fates[number] = fate(of: number, status(graph.ids[number]), tasks[number].trigger)
            for child in graph.children(of: number) {
                missing[child] -= 1
                if missing[child] == 0 { next.append(child) }
            }
        }
    }

    /// Parents that are not over.
    func openParents(of number: Int) -> [String] {
        graph.parents(of: number).filter { fates[$0] == .open || fates[$0] == .ready }.map { graph.ids[$0] }
    }

    private func fate(of number: Int, _ status: TaskInstanceStatus, _ trigger: TriggerRule?) -> Fate {
        switch status {
        case .success: .success
        case .skipped: .skipped
        case .failed, .canceled: .failed(because: graph.ids[number])
        case .queued, .running, .ending, .retrying, .parked, .blocked: .open
        case .`init`, .`continue`: Self.verdict(trigger, graph.parents(of: number).map { fates[$0] })
        }
    }

    private static func verdict(_ trigger: TriggerRule?, _ parents: [Fate]) -> Fate {
        var counts = TriggerVerdict.Parents(count: parents.count, open: 0, failed: 0, skipped: 0)
        var failure: Fate?
        for parent in parents {
            switch parent {
            case .success: break
            case .skipped: counts.skipped += 1
            case .failed:
                counts.failed += 1
                failure = failure ?? parent
            case .open, .ready: counts.open += 1
            }
        }
        return switch TriggerVerdict(trigger, counts) {
        case .wait: .open
        case .start: .ready
        case .skip: .skipped
        case .unreachable: failure ?? .open
        }
    }
}

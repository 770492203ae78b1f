import Workflow

extension Scenario {
    /// Makes a failing scenario smaller, piece by piece, as long as it still breaks the same promise.
    /// - Parameter tries: the most runs that it may take.
    func shrunk(rule: String, mutation: Mutation? = nil, tries: Int = 600) -> Scenario {
        var (best, left) = (self, tries)
        var isSmaller = true
        while isSmaller, left > 0 {
            isSmaller = false
            for candidate in best.smaller where left > 0 {
                left -= 1
                guard Simulation.run(candidate, mutation: mutation).violations.contains(where: { $0.rule == rule }) else { continue }
                best = candidate
                isSmaller = true
                break
            }
        }
        return best
    }

    /// Scenarios with one piece less.
    private var smaller: [Scenario] {
        var candidates: [Scenario] = []
        func add(_ change: (inout Scenario) -> Void) {
            var candidate = self
            change(&candidate)
            if candidate != self { candidates.append(candidate) }
        }
        for index in faults.indices { add { $0.faults.remove(at: index) } }
        for index in tellings.indices { add { $0.tellings.remove(at: index) } }
        for index in runs.indices where runs.count > 1 { add { $0.runs.remove(at: index) } }
        for index in dags.indices {
            for task in dags[index].tasks.indices where dags[index].tasks.count > 1 { add { $0.dags[index].remove(task) } }
        }
        if nodes > 1 { add { $0.nodes -= 1 } }
        add { $0.loss = 0 }
        add { $0.lateness = 0 }
        add { $0.hintLoss = 0 }
        if !lastWords.isEmpty { add { $0.lastWords.removeLast() } }
        for index in dags.indices {
            add { $0.dags[index].onExit = nil }
            for task in dags[index].tasks.indices {
                add { $0.dags[index].tasks[task].params["traces"] = .int(0) }
                add { $0.dags[index].tasks[task].params["fails"] = .bool(false) }
                add { $0.dags[index].tasks[task].onWorkerLost = nil }
                add { $0.dags[index].tasks[task].forEach = nil }
                add { $0.dags[index].tasks[task].spread = nil }
                add { $0.dags[index].tasks[task].worker = nil }
                add { $0.dags[index].tasks[task].retry = nil }
                for key in ["failures", "parks", "blocks"] { add { $0.dags[index].tasks[task].params[key] = nil } }
            }
        }
        return candidates
    }
}

extension Dag {
    /// Takes a task out; what depended on it depends on it no more.
    fileprivate mutating func remove(_ index: Int) {
        let removed = tasks.remove(at: index).id
        for other in tasks.indices { tasks[other].dependOn.removeAll { $0 == removed } }
    }
}

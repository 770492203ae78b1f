/// The rules that span a whole definition.
struct DagChecks {
    let draft: DagDraft
    let log: ProblemLog
    /// The first task with each id.
    let numbers: [String: Int]

    init(_ draft: DagDraft, log: ProblemLog) {
        self.draft = draft
        self.log = log
        var numbers: [String: Int] = [:]
        for (number, task) in draft.tasks.enumerated() where !task.task.id.isEmpty && numbers[task.task.id] == nil {
            numbers[task.task.id] = number
        }
        self.numbers = numbers
    }

    func run(known: KnownActions?) {
        checkDuplicates()
        let order = DependencyOrder(parents: checkedParents())
        checkCycles(order)
        if let known { checkActions(known) }
        checkUses(order)
        checkSubDags()
    }

    private func checkDuplicates() {
        for (number, task) in draft.tasks.enumerated() where !task.task.id.isEmpty {
            guard let first = numbers[task.task.id], first != number else { continue }
            log.error(
                task.position, "two tasks have the id '\(task.task.id)', the first \(log.place(draft.tasks[first].position)); rename one")
        }
    }

    /// The parents of each task by number; what is wrong with them is reported.
    private func checkedParents() -> [[Int]] {
        draft.tasks.enumerated().map { number, task in
            task.dependencies.compactMap { dependency in
                if dependency.name == task.task.id {
                    log.error(dependency.position, "the task '\(task.task.id)' depends on itself; take it out of dependOn")
                    return nil
                }
                if let parent = numbers[dependency.name] {
                    guard draft.tasks[parent].isExit == task.isExit else {
                        log.error(dependency.position, Self.acrossTheEnd(task, dependency.name))
                        return nil
                    }
                    return parent == number ? nil : parent
                }
                log.error(
                    dependency.position,
                    "there is no task \(dependency.name.quotedForMessage()) to depend on"
                        + NearestName.hint(for: dependency.name, among: numbers.keys))
                return nil
            }
        }
    }

    private static func acrossTheEnd(_ task: TaskDraft, _ dependency: String) -> String {
        task.isExit
            ? "all of 'tasks' is over when a task of onExit starts; take '\(dependency)' out of dependOn"
            : "'\(dependency)' is a task of onExit, which starts when all of 'tasks' is over; take it out of dependOn"
    }

    /// A longer circle is cut: nobody reads more names.
    private static let longestCircle = 50

    private func checkCycles(_ order: DependencyOrder) {
        for cycle in order.cycles {
            let names = cycle.map { draft.tasks[$0].task.id }
            let first = draft.tasks[cycle[0]]
            let position = first.dependencies.first { $0.name == names.last }?.position ?? first.position
            let shown =
                names.count <= Self.longestCircle
                ? (names + [names[0]]).joined(separator: " -> ")
                : names.prefix(Self.longestCircle).joined(separator: " -> ") + " -> … (\(names.count) tasks)"
            log.error(position, "the tasks depend on each other in a circle, each needed by the next: \(shown); take one dependency out")
        }
    }

    private func checkActions(_ known: KnownActions) {
        let names = known.names
        for task in draft.tasks {
            let name = task.task.actionName
            if known.builtIn.contains(name), let table = BuiltInParameters.of(name) { ParameterChecks(task, table, log: log).run() }
            guard !known.contains(name), let position = task.actionPosition, !name.isEmpty else { continue }
            log.warning(
                position,
                "the action \(name.quotedForMessage()) is not built in; "
                    + (NearestName.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
                        ?? "a node that registers it must be running"))
        }
    }

    private func checkSubDags() {
        for use in draft.subDags where use.dag == draft.dag.id {
            log.error(use.position, "the task '\(use.task)' would run its own DAG, '\(use.dag)', without end; name another")
        }
    }
}

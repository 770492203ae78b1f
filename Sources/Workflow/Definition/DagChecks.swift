/// The rules that span a whole definition.
struct DagChecks {
    private let draft: DagDraft
    private let log: ProblemLog
    /// The first task with each id.
    private let numbers: [String: Int]

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
        checkTemplates(order)
        checkPreChecks()
    }

    private func checkDuplicates() {
        for (number, task) in draft.tasks.enumerated() where !task.task.id.isEmpty {
            guard let first = numbers[task.task.id], first != number else { continue }
            log.error(
                task.position, "two tasks have the id '\(task.task.id)', the first in line \(draft.tasks[first].position.line); rename one")
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
                if let parent = numbers[dependency.name] { return parent == number ? nil : parent }
                log.error(
                    dependency.position,
                    "there is no task \(dependency.name.quotedForMessage()) to depend on"
                        + NearestName.hint(for: dependency.name, among: numbers.keys))
                return nil
            }
        }
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
        for task in draft.tasks where !known.contains(task.task.actionName) {
            guard let position = task.actionPosition, !task.task.actionName.isEmpty else { continue }
            let name = task.task.actionName
            log.warning(
                position,
                "the action \(name.quotedForMessage()) is not built in; "
                    + (NearestName.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
                        ?? "a node that registers it must be running"))
        }
    }

    private func checkPreChecks() {
        for task in draft.tasks {
            for name in task.checkedVars where !name.name.isEmpty && draft.dag.vars[name.name] == nil {
                log.warning(
                    name.position,
                    "there is no variable \(name.name.quotedForMessage()), so the condition never holds"
                        + NearestName.hint(for: name.name, among: draft.dag.vars.keys))
            }
        }
    }

    // MARK: Templates

    private struct OutputUse {
        var source: String
        var position: YamlPosition
    }

    private func checkTemplates(_ order: DependencyOrder) {
        var outputs: [OutputUse] = []
        var questions: [Ancestors.Question] = []
        for (number, task) in draft.tasks.enumerated() {
            let scan = Value.object(task.task.params).templateReferences()
            for failure in scan.failures { log.error(position(of: failure.path, task), failure.error.description) }
            for use in scan.uses {
                let position = position(of: use.path, task)
                switch use.reference.target {
                case .variable(let name): checkVariable(name, use, position)
                case .output(let name, _):
                    guard let producer = checkProducer(name, of: number, use, position) else { continue }
                    outputs.append(OutputUse(source: "\(use.path): \(use.reference.source)", position: position))
                    questions.append(Ancestors.Question(ancestor: producer, task: number))
                case .shareData, .run: break
                }
            }
        }
        // The output of a task is there only for those that wait for it.
        for index in Ancestors(order).denied(questions) {
            let (needed, user) = (draft.tasks[questions[index].ancestor].task.id, draft.tasks[questions[index].task].task.id)
            log.error(
                outputs[index].position,
                "\(outputs[index].source): '\(user)' does not wait for '\(needed)'; add '\(needed)' to its dependOn")
        }
    }

    private func position(of path: ValuePath, _ task: TaskDraft) -> YamlPosition {
        task.params?.node(at: path.steps).position ?? task.position
    }

    private func checkVariable(_ name: String, _ use: TemplateScan.Use, _ position: YamlPosition) {
        guard draft.dag.vars[name] == nil else { return }
        log.error(
            position,
            "\(use.path): \(use.reference.source): there is no variable \(name.quotedForMessage())"
                + (NearestName.nearest(to: name, among: draft.dag.vars.keys).map { "; did you mean '\($0)'?" } ?? "; add it to vars"))
    }

    private func checkProducer(_ name: String, of number: Int, _ use: TemplateScan.Use, _ position: YamlPosition) -> Int? {
        guard let producer = numbers[name] else {
            log.error(
                position,
                "\(use.path): \(use.reference.source): there is no task \(name.quotedForMessage())"
                    + NearestName.hint(for: name, among: numbers.keys))
            return nil
        }
        guard producer != number else {
            log.error(position, "\(use.path): \(use.reference.source): a task cannot use its own output")
            return nil
        }
        return producer
    }
}

/// What templates and conditions name: whether it is there, and whether it is known when it is needed.
extension DagChecks {
    private struct OutputUse {
        /// Where it is used, for messages.
        var source: String
        var position: YamlPosition
    }

    /// Outputs that tasks use, and the question for each whether the task waits for it.
    private struct Outputs {
        var uses: [OutputUse] = []
        var questions: [Ancestors.Question] = []
    }

    func checkUses(_ order: DependencyOrder) {
        var outputs = Outputs()
        for number in draft.tasks.indices {
            checkTemplates(of: number, &outputs)
            for condition in draft.tasks[number].conditions { checkCondition(condition, of: number, &outputs) }
        }
        // The output of a task is there only for those that wait for it.
        for index in Ancestors(order).denied(outputs.questions) {
            let question = outputs.questions[index]
            let (needed, user) = (draft.tasks[question.ancestor].task.id, draft.tasks[question.task].task.id)
            log.error(
                outputs.uses[index].position,
                "\(outputs.uses[index].source): '\(user)' does not wait for '\(needed)'; add '\(needed)' to its dependOn")
        }
    }

    // MARK: Templates

    private func checkTemplates(of number: Int, _ outputs: inout Outputs) {
        let task = draft.tasks[number]
        check(
            Value.object(task.task.params).templateReferences(), in: task.params, of: number, hasItems: task.task.forEach != nil, &outputs)
        guard let items = task.task.forEach?.items else { return }
        check(items.templateReferences(path: ValuePath("forEach.items")), in: task.items, of: number, hasItems: false, &outputs)
        checkItems(items, task)
    }

    private func check(_ scan: TemplateScan, in node: YamlNode?, of number: Int, hasItems: Bool, _ outputs: inout Outputs) {
        let task = draft.tasks[number]
        func position(_ path: ValuePath) -> YamlPosition { node?.node(at: path.steps).position ?? task.position }
        for failure in scan.failures { log.error(position(failure.path), failure.error.description) }
        for use in scan.uses {
            let (place, source) = (position(use.path), "\(use.path): \(use.reference.source)")
            switch use.reference.target {
            case .variable(let name): checkVariable(name, source, place)
            case .output(let name, _): checkOutput(name, of: number, source, place, &outputs)
            case .item([]): checkItem("item", hasItems, source, place)
            case .index: checkItem("index", hasItems, source, place)
            case .item: if !hasItems { log.error(place, "\(source): \(Self.noItems)") }
            case .run(let field): checkFact(field, task, source, place)
            case .shareData: break
            }
        }
    }

    private static let noItems = "there is an item only in the params of a task with forEach"

    /// `{{item}}` and `{{index}}` are variables where there are no items.
    private func checkItem(_ name: String, _ hasItems: Bool, _ source: String, _ position: YamlPosition) {
        let isVariable = draft.dag.vars[name] != nil
        if hasItems, isVariable {
            log.warning(position, "\(source): this is the \(name) of the fan-out, not the variable; the variable is {{vars.\(name)}}")
        } else if !hasItems, !isVariable {
            log.error(position, "\(source): \(Self.noItems)")
        }
    }

    /// A variable that stands for the items must be a list.
    private func checkItems(_ items: Value, _ task: TaskDraft) {
        guard case .string(let text) = items, let template = try? Template(text) else { return }
        guard case .variable(let name)? = template.references.first?.target, let variable = draft.dag.vars[name], variable.type != .list
        else {
            return
        }
        log.error(task.items?.position ?? task.position, "the variable '\(name)' is not a list; give it 'type: list'")
    }

    private func checkVariable(_ name: String, _ source: String, _ position: YamlPosition) {
        guard draft.dag.vars[name] == nil else { return }
        log.error(
            position,
            "\(source): there is no variable \(name.quotedForMessage())"
                + (NearestName.nearest(to: name, among: draft.dag.vars.keys).map { "; did you mean '\($0)'?" } ?? "; add it to vars"))
    }

    private func checkFact(_ field: TemplateReference.RunField, _ task: TaskDraft, _ source: String, _ position: YamlPosition) {
        guard field.isKnownAtEnd, !task.isExit else { return }
        log.error(position, "\(source): how the run ends is known to the tasks of onExit only")
    }

    private func checkOutput(_ name: String, of number: Int, _ source: String, _ position: YamlPosition, _ outputs: inout Outputs) {
        guard let producer = numbers[name] else {
            log.error(
                position, "\(source): there is no task \(name.quotedForMessage())" + NearestName.hint(for: name, among: numbers.keys))
            return
        }
        guard producer != number else { return log.error(position, "\(source): a task cannot use its own output") }
        // All of 'tasks' is over when those of onExit start.
        guard draft.tasks[producer].isExit || !draft.tasks[number].isExit else { return }
        guard draft.tasks[number].isExit || !draft.tasks[producer].isExit else {
            return log.error(position, "\(source): '\(name)' is a task of onExit, which starts when all of 'tasks' is over")
        }
        outputs.uses.append(OutputUse(source: source, position: position))
        outputs.questions.append(Ancestors.Question(ancestor: producer, task: number))
    }

    // MARK: Conditions

    private func checkCondition(_ draft: TaskDraft.Condition, of number: Int, _ outputs: inout Outputs) {
        let condition = draft.condition
        let task = self.draft.tasks[number]
        switch condition.source {
        case .shareData: break
        case .vars: checkCompared(draft)
        case .run:
            guard let field = TemplateReference.RunField(rawValue: condition.key) else { return }
            checkFact(field, task, "run.\(condition.key)", draft.position)
        case .outputs:
            guard let name = try? TemplateParser.path(of: condition.key).first else { return }
            checkOutput(name, of: number, "outputs \(condition.key)", draft.position, &outputs)
        }
    }

    private func checkCompared(_ condition: TaskDraft.Condition) {
        let name = condition.condition.key
        guard !name.isEmpty, draft.dag.vars[name] == nil else { return }
        let message = "there is no variable \(name.quotedForMessage())"
        let hint = NearestName.hint(for: name, among: draft.dag.vars.keys)
        if condition.isWhen {
            log.error(condition.position, message + (hint.isEmpty ? "; add it to vars" : hint))
        } else {
            log.warning(condition.position, "\(message), so the condition never holds\(hint)")
        }
    }
}

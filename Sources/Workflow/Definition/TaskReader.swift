/// Makes tasks of YAML nodes.
struct TaskReader {
    let log: ProblemLog
    let limits: DagLimits
    /// Whether the tasks are those of `onExit`.
    let isExit: Bool

    func read(_ node: YamlNode) -> TaskDraft? {
        guard let object = ObjectReader(node, DagKeys.task, log: log) else { return nil }
        let id = readID(object)
        let action = readAction(object)
        let dependencies = readDependencies(object)
        let checks = ConditionReader(log: log).checks(object)
        let when = ConditionReader(log: log).when(object)
        var task = Dag.Task(
            id: id, name: object.text("name") ?? "", actionName: action?.name ?? "", dependOn: dependencies.map(\.name),
            timeoutSecs: object.seconds("timeoutSecs"), onWorkerLost: object.choice("onWorkerLost"), params: readParams(object),
            preChecks: checks.map(\.check))
        task.when = when?.map(\.condition)
        let forEach = readRules(object, into: &task)
        return TaskDraft(
            task: task, position: object.value("id")?.position ?? node.position, dependencies: dependencies,
            actionPosition: action?.position, node: node, params: object.value("params"), items: forEach,
            conditions: checks.flatMap(\.conditions) + (when ?? []), isExit: isExit)
    }

    /// - Returns: where the items of a fan-out are.
    private func readRules(_ object: ObjectReader, into task: inout Dag.Task) -> YamlNode? {
        let rules = RuleReader(log: log)
        task.trigger = object.choice("trigger")
        if task.trigger != nil, task.dependOn.isEmpty, let node = object.value("trigger") {
            log.warning(node.position, "a task that depends on nothing starts at once, whatever its 'trigger'")
        }
        task.retry = rules.retry(object)
        task.totalTimeoutSecs = object.seconds("totalTimeoutSecs")
        task.startTimeoutSecs = object.seconds("startTimeoutSecs")
        task.maxLostAttempts = object.integer("maxLostAttempts")
        task.worker = object.labels("worker")
        task.spread = object.bool("spread")
        task.pool = object.name("pool")
        if let attempt = task.timeoutSecs, let total = task.totalTimeoutSecs, total < attempt, let node = object.value("totalTimeoutSecs") {
            log.warning(node.position, "'totalTimeoutSecs' is below 'timeoutSecs', so no attempt can take that long")
        }
        let forEach = rules.forEach(object, limits: limits)
        task.forEach = forEach?.rule
        return forEach?.items
    }

    /// The id: a text, or a list of one, as fastflow's README has it.
    private func readID(_ object: ObjectReader) -> String {
        guard let node = object.value("id") else {
            object.missing("id", "a name that no other task of the DAG has")
            return ""
        }
        if case .list(let elements) = node.content {
            guard elements.count == 1, case .scalar(let scalar) = elements[0].content, !scalar.isNull else {
                object.mismatch("id", node, expected: "a text")
                return ""
            }
            log.warning(node.position, "the id is a list; write it as a text: id: \(scalar.text)")
            checkID(scalar.text, node.position, log)
            return scalar.text
        }
        guard let id = object.text("id") else { return "" }
        checkID(id, node.position, log)
        if ForEach.isItemID(id) {
            log.error(node.position, "the id \(id.quotedForMessage()) ends like that of an item of a fan-out; take the brackets out")
        }
        return id
    }

    private func readAction(_ object: ObjectReader) -> TaskDraft.Named? {
        if let member = object["action"], let first = object["actionName"] {
            log.error(
                member.keyPosition, "'action' means the same as 'actionName', which is given \(log.place(first.keyPosition)); keep one")
        }
        let key = object.value("actionName") == nil ? "action" : "actionName"
        guard let node = object.value(key) else {
            object.missing("actionName", "the action that the task runs, for example shell")
            return nil
        }
        guard let name = object.text(key) else { return nil }
        if name.isEmpty { log.error(node.position, "the name of an action cannot be empty") }
        return TaskDraft.Named(name: name, position: node.position)
    }

    /// A name that is given twice counts once.
    private func readDependencies(_ object: ObjectReader) -> [TaskDraft.Named] {
        var seen: Set<String> = []
        return object.texts("dependOn").filter { dependency in
            if seen.insert(dependency.name).inserted { return true }
            log.warning(dependency.position, "'\(dependency.name)' is given twice in dependOn; once is enough")
            return false
        }
    }

    private func readParams(_ object: ObjectReader) -> [String: Value] {
        var params: [String: Value] = [:]
        for member in object.object("params", expected: "an object with a member for each parameter") {
            params[member.key] = object.anyValue(of: member.value)
        }
        return params
    }
}

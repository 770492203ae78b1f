/// Makes tasks of YAML nodes.
struct TaskReader {
    let log: ProblemLog

    private static let keys = ["id", "name", "actionName", "action", "dependOn", "timeoutSecs", "onWorkerLost", "params", "preCheck"]

    func read(_ node: YamlNode) -> TaskDraft? {
        guard let object = ObjectReader(node, what: "a task", keys: Self.keys, log: log) else { return nil }
        let id = readID(object)
        let action = readAction(object)
        let dependencies = readDependencies(object)
        let checks = readChecks(object)
        let task = Dag.Task(
            id: id, name: object.text("name") ?? "", actionName: action?.name ?? "", dependOn: dependencies.map(\.name),
            timeoutSecs: readTimeout(object), onWorkerLost: object.choice("onWorkerLost"), params: readParams(object),
            preChecks: checks.map(\.check))
        return TaskDraft(
            task: task, position: object.value("id")?.position ?? node.position, dependencies: dependencies,
            actionPosition: action?.position,
            params: object.value("params"), checkedVars: checks.flatMap(\.vars))
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
        return id
    }

    private func readAction(_ object: ObjectReader) -> TaskDraft.Named? {
        if let member = object["action"], let first = object["actionName"] {
            log.error(
                member.keyPosition, "'action' means the same as 'actionName', which is given in line \(first.keyPosition.line); keep one")
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

    private func readTimeout(_ object: ObjectReader) -> Int? {
        guard let node = object.value("timeoutSecs") else { return nil }
        guard case .scalar(let scalar) = node.content, case .int(let seconds)? = try? scalar.value() else {
            object.mismatch("timeoutSecs", node, expected: "a whole number of seconds")
            return nil
        }
        guard (1...Int64(DagLimits.longestTimeoutSecs)).contains(seconds) else {
            log.error(
                node.position,
                "'timeoutSecs' must be from 1 to \(DagLimits.longestTimeoutSecs) seconds, found \(seconds); leave it out for no limit")
            return nil
        }
        return Int(seconds)
    }

    // MARK: Parameters

    private func readParams(_ object: ObjectReader) -> [String: Value] {
        var params: [String: Value] = [:]
        for member in object.object("params", expected: "an object with a member for each parameter") {
            params[member.key] = value(of: member.value)
        }
        return params
    }

    private func value(of node: YamlNode) -> Value {
        switch node.content {
        case .scalar(let scalar):
            do throws(YamlScalar.Unwritable) {
                return try scalar.value()
            } catch {
                log.error(node.position, error.message)
                return .null
            }
        case .list(let elements): return .array(elements.map(value))
        case .object(let members):
            return .object(Dictionary(members.map { ($0.key, value(of: $0.value)) }, uniquingKeysWith: { first, _ in first }))
        }
    }

    // MARK: Checks

    private func readChecks(_ object: ObjectReader) -> [(check: PreCheck, vars: [TaskDraft.Named])] {
        object.object("preCheck", expected: "an object with a member for each check").compactMap(readCheck)
    }

    private func readCheck(_ member: YamlNode.Member) -> (check: PreCheck, vars: [TaskDraft.Named])? {
        guard let object = ObjectReader(member.value, what: "a preCheck", keys: ["act", "conditions"], log: log) else { return nil }
        if object.value("act") == nil { object.missing("act", "'skip' or 'block'") }
        let act: PreCheck.Act = object.choice("act") ?? .skip
        let conditions = object.list("conditions").compactMap(readCondition)
        if object.list("conditions").isEmpty {
            log.warning(member.keyPosition, "the preCheck '\(member.key)' has no conditions, so it always holds")
        }
        let vars = conditions.filter { $0.condition.source == .vars }.map { TaskDraft.Named(name: $0.condition.key, position: $0.position) }
        return (PreCheck(name: member.key, conditions: conditions.map(\.condition), act: act), vars)
    }

    private func readCondition(_ node: YamlNode) -> (condition: PreCheck.Condition, position: YamlPosition)? {
        guard let object = ObjectReader(node, what: "a condition", keys: ["source", "key", "op", "values"], log: log) else { return nil }
        if object.value("source") == nil { object.missing("source", "'vars' or 'share-data'") }
        if object.value("key") == nil { object.missing("key", "the name of what is compared") }
        if object.value("op") == nil { object.missing("op", "'in' or 'not-in'") }
        let condition = PreCheck.Condition(
            source: object.choice("source") ?? .shareData, key: object.text("key") ?? "", op: object.choice("op") ?? .isIn,
            values: object.texts("values").map(\.name))
        return (condition, object.value("key")?.position ?? node.position)
    }
}

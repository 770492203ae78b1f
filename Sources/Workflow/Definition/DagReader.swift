/// Makes a DAG of a YAML tree. What is wrong with one part does not keep the others from being read.
struct DagReader {
    let log: ProblemLog
    let limits: DagLimits

    private static let keys = ["id", "name", "desc", "cron", "vars", "status", "tasks"]
    /// fastflow's records carry them; a definition has no use for them.
    private static let ignoredKeys = ["createdAt", "updatedAt"]

    func read(_ root: YamlNode) -> DagDraft? {
        guard let object = ObjectReader(root, what: "a DAG", keys: Self.keys + Self.ignoredKeys, log: log) else { return nil }
        for key in Self.ignoredKeys {
            if let member = object[key] { log.warning(member.keyPosition, "'\(key)' is ignored; the store keeps times") }
        }
        let tasks = readTasks(object)
        var dag = Dag(id: readID(object), name: object.text("name") ?? "", desc: object.text("desc") ?? "")
        dag.vars = readVars(object)
        dag.status = object.choice("status") ?? .normal
        dag.cron = readCron(object)
        dag.tasks = tasks.map(\.task)
        return DagDraft(dag: dag, tasks: tasks, position: object["tasks"]?.keyPosition ?? root.position)
    }

    /// A missing id is the file's name without its extension.
    private func readID(_ object: ObjectReader) -> String {
        if let node = object.value("id") {
            let id = object.text("id") ?? ""
            if case .scalar = node.content { checkID(id, node.position, log) }
            return id
        }
        var id = log.file.split(separator: "/").last.map(String.init) ?? ""
        for suffix in [".yaml", ".yml"] where id.hasSuffix(suffix) { id.removeLast(suffix.count) }
        if id.isEmpty { object.missing("id", "a name for the DAG") } else { checkID(id, object.node.position, log) }
        return id
    }

    private func readCron(_ object: ObjectReader) -> String? {
        guard let node = object.value("cron"), let cron = object.text("cron"), !cron.isEmpty else { return nil }
        log.warning(node.position, "'cron' is kept, but nothing starts runs by it; submit them")
        return cron
    }

    private func readTasks(_ object: ObjectReader) -> [TaskDraft] {
        let nodes = object.list("tasks")
        if object.value("tasks") == nil {
            log.error(
                object["tasks"]?.keyPosition ?? object.node.position, "the DAG has no tasks; give it a list 'tasks' with at least one")
        } else if nodes.isEmpty, case .list? = object.value("tasks")?.content {
            log.error(object["tasks"]?.keyPosition ?? object.node.position, "the DAG has no tasks; it needs at least one")
        }
        if nodes.count > limits.maxTasks {
            log.error(
                nodes[limits.maxTasks].position,
                "the DAG has \(nodes.count) tasks, the most is \(limits.maxTasks); split it, or raise \(DagLimits.tasksSetting)")
            return []
        }
        let reader = TaskReader(log: log)
        return nodes.compactMap(reader.read)
    }

    // MARK: Variables

    private func readVars(_ object: ObjectReader) -> [String: Dag.Var] {
        var vars: [String: Dag.Var] = [:]
        for member in object.object("vars", expected: "an object with a member for each variable") {
            if !Self.isVarName(member.key) {
                log.error(
                    member.keyPosition,
                    "\(member.key.quotedForMessage()) cannot name a variable; use letters, digits, '_' and '-', and begin with a letter or '_'"
                )
            }
            vars[member.key] = readVar(member)
        }
        return vars
    }

    private func readVar(_ member: YamlNode.Member) -> Dag.Var {
        var result = Dag.Var()
        var isReadable = true
        if case .scalar(let scalar) = member.value.content {
            isReadable = scalar.isNull
            if !isReadable {
                log.error(
                    member.value.position,
                    "write the default of the variable '\(member.key)' as {defaultValue: …}, found \(member.value.found)")
            }
        } else if let object = ObjectReader(member.value, what: "a variable", keys: ["desc", "defaultValue"], log: log) {
            result = Dag.Var(desc: object.text("desc") ?? "", defaultValue: object.text("defaultValue"))
            isReadable = object.value("defaultValue") == nil || result.defaultValue != nil
        } else {
            isReadable = false
        }
        if isReadable, result.defaultValue == nil {
            log.warning(member.keyPosition, "the variable '\(member.key)' has no defaultValue, so each run must give it")
        }
        return result
    }

    /// `[A-Za-z_][A-Za-z0-9_-]*`, at most 200 characters.
    private static func isVarName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic || first == "_" else { return false }
        return name.utf8.count <= DagLimits.longestID
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
            }
    }
}

/// Ids become parts of document keys (`<run>/<task>`) and of lines on a terminal.
func checkID(_ id: String, _ position: YamlPosition, _ log: ProblemLog) {
    if id.isEmpty {
        log.error(position, "an id cannot be empty")
    } else if id.unicodeScalars.count > DagLimits.longestID {
        log.error(position, "the id has \(id.unicodeScalars.count) characters, the most is \(DagLimits.longestID)")
    } else if id.contains("/") {
        log.error(position, "the id \(id.quotedForMessage()) has a '/' in it; use '-' or '.'")
    } else if id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        log.error(position, "the id \(id.quotedForMessage()) has a control character in it; take it out")
    }
}

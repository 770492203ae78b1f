/// Makes a DAG of a YAML tree. What is wrong with one part does not keep the others from being read.
struct DagReader {
    let log: ProblemLog
    let limits: DagLimits

    func read(_ root: YamlNode) -> DagDraft? {
        guard let object = ObjectReader(root, DagKeys.dag, log: log) else { return nil }
        for key in DagKeys.ignored {
            if let member = object[key] { log.warning(member.keyPosition, "'\(key)' is ignored; the store keeps times") }
        }
        let tasks = readTasks(object)
        let exits = readExits(object)
        var dag = Dag(id: readID(object), name: object.text("name") ?? "", desc: object.text("desc") ?? "")
        dag.vars = VarReader(log: log).vars(object)
        dag.status = object.choice("status") ?? .normal
        dag.cron = readCron(object)
        dag.tasks = tasks.map(\.task)
        dag.onExit = exits.isEmpty ? nil : exits.map(\.task)
        readRules(object, into: &dag)
        return DagDraft(dag: dag, tasks: tasks + exits, position: object["tasks"]?.keyPosition ?? root.position)
    }

    private func readRules(_ object: ObjectReader, into dag: inout Dag) {
        dag.retry = RuleReader(log: log).retry(object)
        dag.timeoutSecs = object.seconds("timeoutSecs")
        dag.startTimeoutSecs = object.seconds("startTimeoutSecs")
        dag.worker = object.labels("worker")
        dag.priority = object.integer("priority")
        dag.maxConcurrentRuns = object.integer("maxConcurrentRuns")
        dag.overlap = object.choice("overlap")
        dag.maxWaitingRuns = object.integer("maxWaitingRuns")
        guard let overlap = dag.overlap, let node = object.value("overlap") else { return }
        if overlap != .allow, dag.maxConcurrentRuns == nil {
            log.warning(node.position, "'overlap' says what happens beyond 'maxConcurrentRuns', which is not given, so nothing does")
        } else if overlap == .allow, dag.maxConcurrentRuns != nil {
            log.warning(node.position, "with 'overlap: allow' runs start beyond 'maxConcurrentRuns' too")
        }
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
        return readTasks(nodes, isExit: false, before: 0)
    }

    private func readExits(_ object: ObjectReader) -> [TaskDraft] {
        var before = 0
        if case .list(let tasks)? = object.value("tasks")?.content { before = tasks.count }
        return readTasks(object.list("onExit"), isExit: true, before: before)
    }

    private func readTasks(_ nodes: [YamlNode], isExit: Bool, before: Int) -> [TaskDraft] {
        if !nodes.isEmpty, before + nodes.count > limits.maxTasks {
            log.error(
                nodes[max(0, limits.maxTasks - before)].position,
                "the DAG has \(before + nodes.count) tasks, the most is \(limits.maxTasks); split it, or raise \(DagLimits.tasksSetting)")
            return []
        }
        let reader = TaskReader(log: log, limits: limits, isExit: isExit)
        return nodes.compactMap(reader.read)
    }
}

/// Ids become parts of document keys (`<run>/<task>`) and of lines on a terminal.
func checkID(_ id: String, _ position: YamlPosition, _ log: ProblemLog, what: String = "the id") {
    if id.isEmpty {
        log.error(position, what == "the id" ? "an id cannot be empty" : "\(what) cannot be empty")
    } else if id.unicodeScalars.count > DagLimits.longestID {
        log.error(position, "\(what) has \(id.unicodeScalars.count) characters, the most is \(DagLimits.longestID)")
    } else if id.contains("/") {
        log.error(position, "\(what) \(id.quotedForMessage()) has a '/' in it; use '-' or '.'")
    } else if id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        log.error(position, "\(what) \(id.quotedForMessage()) has a control character in it; take it out")
    }
}

/// A DAG as the tree that its YAML would give, so that one reader checks both. The line of a node is the number of its task, from 1; 0 is the DAG itself.
struct DagTree {
    let root: YamlNode

    init(_ dag: Dag) {
        var root = Branch(line: 0)
        root.text("id", dag.id)
        root.text("name", dag.name)
        root.text("desc", dag.desc)
        root.text("cron", dag.cron)
        root.text("status", dag.status.rawValue)
        root.add("vars", dag.vars.isEmpty ? nil : Self.vars(dag.vars))
        root.add("retry", dag.retry.map { Self.retry($0, 0) })
        root.integer("timeoutSecs", dag.timeoutSecs)
        root.integer("startTimeoutSecs", dag.startTimeoutSecs)
        root.labels("worker", dag.worker)
        root.integer("priority", dag.priority)
        root.integer("maxConcurrentRuns", dag.maxConcurrentRuns)
        root.text("overlap", dag.overlap?.rawValue)
        root.integer("maxWaitingRuns", dag.maxWaitingRuns)
        let tasks = dag.allTasks.enumerated().map { Self.task($1, $0 + 1) }
        root.add("tasks", YamlNode(0, .list(Array(tasks.prefix(dag.tasks.count)))))
        root.add("onExit", dag.onExit.map { _ in YamlNode(0, .list(Array(tasks.dropFirst(dag.tasks.count)))) })
        self.root = root.node
    }

    private static func vars(_ vars: [String: Dag.Var]) -> YamlNode {
        var branch = Branch(line: 0)
        for (name, variable) in vars.sorted(by: { $0.key < $1.key }) {
            var member = Branch(line: 0)
            member.text("desc", variable.desc)
            member.text("defaultValue", variable.defaultValue)
            member.text("type", variable.type?.rawValue)
            member.add("required", variable.required.map { YamlNode(0, .bool($0)) })
            member.text("pattern", variable.pattern)
            member.texts("values", variable.values)
            branch.add(name, member.node)
        }
        return branch.node
    }

    private static func task(_ task: Dag.Task, _ line: Int) -> YamlNode {
        var branch = Branch(line: line)
        branch.text("id", task.id)
        branch.text("name", task.name)
        branch.text("actionName", task.actionName)
        branch.texts("dependOn", task.dependOn)
        branch.text("onWorkerLost", task.onWorkerLost?.rawValue)
        branch.add("params", YamlNode(line, .object(task.params)))
        branch.add("preCheck", task.preChecks.isEmpty ? nil : checks(task.preChecks, line))
        branch.add("when", task.when.map { YamlNode(line, .list($0.map { condition($0, line) })) })
        branch.text("trigger", task.trigger?.rawValue)
        branch.add("retry", task.retry.map { retry($0, line) })
        branch.integer("timeoutSecs", task.timeoutSecs)
        branch.integer("totalTimeoutSecs", task.totalTimeoutSecs)
        branch.integer("startTimeoutSecs", task.startTimeoutSecs)
        branch.integer("maxLostAttempts", task.maxLostAttempts)
        branch.add("forEach", task.forEach.map { forEach($0, line) })
        branch.labels("worker", task.worker)
        branch.add("spread", task.spread.map { YamlNode(line, .bool($0)) })
        branch.text("pool", task.pool)
        return branch.node
    }

    private static func checks(_ checks: [PreCheck], _ line: Int) -> YamlNode {
        var branch = Branch(line: line)
        for check in checks {
            var member = Branch(line: line)
            member.text("act", check.act.rawValue)
            member.add("conditions", YamlNode(line, .list(check.conditions.map { condition($0, line) })))
            branch.add(check.name, member.node)
        }
        return branch.node
    }

    private static func condition(_ condition: PreCheck.Condition, _ line: Int) -> YamlNode {
        var branch = Branch(line: line)
        branch.text("source", condition.source.rawValue)
        branch.text("key", condition.key)
        branch.text("op", condition.op.rawValue)
        branch.texts("values", condition.values)
        return branch.node
    }

    private static func retry(_ retry: RetryPolicy, _ line: Int) -> YamlNode {
        var branch = Branch(line: line)
        branch.integer("limit", retry.limit)
        if let backoff = retry.backoff {
            let numbers = ["initial": backoff.initial, "factor": backoff.factor, "max": backoff.max, "jitter": backoff.jitter]
            branch.add("backoff", YamlNode(line, .object(numbers.mapValues(Value.double))))
        }
        branch.texts("on", retry.on)
        return branch.node
    }

    private static func forEach(_ forEach: ForEach, _ line: Int) -> YamlNode {
        var branch = Branch(line: line)
        branch.add("items", YamlNode(line, forEach.items))
        branch.integer("maxParallel", forEach.maxParallel)
        branch.text("onFailure", forEach.onFailure?.rawValue)
        return branch.node
    }
}

/// An object of the tree, as it is put together.
private struct Branch {
    let line: Int
    private var members: [YamlNode.Member] = []

    init(line: Int) { self.line = line }

    var node: YamlNode { YamlNode(line, .object(members)) }

    mutating func add(_ key: String, _ node: YamlNode?) {
        guard let node else { return }
        members.append(YamlNode.Member(key: key, keyPosition: YamlPosition(line: line, column: 1), value: node))
    }

    mutating func text(_ key: String, _ text: String?) { add(key, text.map { YamlNode(line, .string($0)) }) }
    mutating func integer(_ key: String, _ number: Int?) { add(key, number.map { YamlNode(line, .int(Int64($0))) }) }
    mutating func texts(_ key: String, _ texts: [String]?) { add(key, texts.map { YamlNode(line, .array($0.map(Value.string))) }) }
    mutating func labels(_ key: String, _ labels: [String: String]?) {
        add(key, labels.map { YamlNode(line, .object($0.mapValues(Value.string))) })
    }
}

extension YamlNode {
    fileprivate init(_ line: Int, _ content: Content) { self.init(position: YamlPosition(line: line, column: 1), content: content) }

    /// A value as the tree that it would be read from.
    fileprivate init(_ line: Int, _ value: Value) {
        let content: Content =
            switch value {
            case .string(let text): .scalar(YamlScalar(text: text, isText: true))
            case .null, .bool, .int: .scalar(YamlScalar(text: value.compactJSON, isText: false))
            case .double(let double): .scalar(YamlScalar(text: Self.text(of: double), isText: false))
            case .array(let elements): .list(elements.map { YamlNode(line, $0) })
            case .object(let members):
                .object(
                    members.sorted { $0.key < $1.key }.map {
                        Member(key: $0.key, keyPosition: YamlPosition(line: line, column: 1), value: YamlNode(line, $0.value))
                    })
            }
        self.init(line, content)
    }

    private static func text(of double: Double) -> String {
        double.isFinite ? "\(double)" : double.isNaN ? ".nan" : double < 0 ? "-.inf" : ".inf"
    }
}

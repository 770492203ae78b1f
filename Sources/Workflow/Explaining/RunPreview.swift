/// What a run of a DAG would do, before there is one: its order, its parameters and where it could go.
public struct RunPreview: Sendable, Hashable {
    public var dag: String
    /// Values of all variables.
    public var vars: [String: String]
    /// Nodes that could own the run.
    public var nodes: [String]
    /// Why none could now; `nil` where one could.
    public var shortage: NodeShortage?
    /// In the order in which they may start, `onExit` last.
    public var tasks: [Task]

    public struct Task: Sendable, Hashable {
        public var id: String
        public var actionName: String
        public var dependOn: [String]
        /// From 1; tasks of one level can run at once.
        public var level: Int
        /// Whether it runs at the end, however the run ended.
        public var isExit: Bool
        public var params: [String: Param]
        /// Whether it may leave the run's node.
        public var isPlaced: Bool
        /// Nodes that could run it.
        public var nodes: [String]
        public var shortage: NodeShortage?
    }

    /// One parameter.
    public enum Param: Sendable, Hashable {
        case rendered(Value)
        /// As it is written, and what it waits for.
        case waits(Value, for: [String])
    }

    /// - Parameters:
    ///   - vars: complete, as a run has them.
    ///   - nodes: nodes that are alive.
    /// - Throws: `TaskGraphError` where the tasks make no graph.
    public init(_ dag: Dag, vars: [String: String], nodes: [LiveNode]) throws(TaskGraphError) {
        self.dag = dag.id
        self.vars = vars
        let needs = dag.requirements
        self.nodes = nodes.filter { !$0.isDraining && $0.offers(needs) }.map(\.key).sorted()
        shortage = needs.shortage(among: nodes)
        let scope = TemplateScope(vars: vars, dagID: dag.id, trigger: DagInstance.Trigger.manually.rawValue, lists: dag.listVars)
        tasks = try Self.tasks(dag.tasks, dag, scope, nodes, isExit: false)
        let last = tasks.map(\.level).max() ?? 0
        tasks += try Self.tasks(dag.onExit ?? [], dag, scope, nodes, isExit: true, after: last)
    }

    private static func tasks(
        _ tasks: [Dag.Task], _ dag: Dag, _ scope: TemplateScope, _ nodes: [LiveNode], isExit: Bool, after level: Int = 0
    ) throws(TaskGraphError) -> [Task] {
        let graph = try TaskGraph(tasks)
        let levels = graph.levels
        let order = tasks.indices.sorted { (levels[$0], $0) < (levels[$1], $1) }
        return order.map { number in
            let task = tasks[number]
            let needs = dag.requirements(of: task)
            return Task(
                id: task.id, actionName: task.actionName, dependOn: task.dependOn, level: level + levels[number], isExit: isExit,
                params: task.params.mapValues { param($0, scope) }, isPlaced: task.isPlaced,
                nodes: nodes.filter { !$0.isDraining && $0.offers(needs) }.map(\.key).sorted(), shortage: needs.shortage(among: nodes))
        }
    }

    private static func param(_ value: Value, _ scope: TemplateScope) -> Param {
        let missing = value.templateReferences().uses.map(\.reference).filter { !isKnown($0, scope) }
        if missing.isEmpty, let rendered = try? value.rendered(in: scope) { return .rendered(rendered) }
        var names: [String] = []
        for name in missing.map(name) where !names.contains(name) { names.append(name) }
        return .waits(value, for: names)
    }

    private static func isKnown(_ reference: TemplateReference, _ scope: TemplateScope) -> Bool {
        switch reference.target {
        case .variable(let name): scope.vars[name] != nil
        case .run(.dagId), .run(.trigger): true
        case .shareData, .output, .run, .item, .index: false
        }
    }

    /// What a reference waits for, in a word or two.
    private static func name(_ reference: TemplateReference) -> String {
        switch reference.target {
        case .output(let task, _): "the output of '\(task)'"
        case .shareData(let key): "the share data '\(key)'"
        case .run(let field): field.isKnownAtEnd ? "the end of the run" : "the run"
        case .item, .index: "the item"
        case .variable: reference.source
        }
    }
}

extension TaskGraph {
    /// The level of each task: 1 without parents, else one more than the highest of its parents'.
    var levels: [Int] {
        var levels = [Int](repeating: 1, count: count)
        var open = (0..<count).map(parentCount(of:))
        var next = (0..<count).filter { open[$0] == 0 }
        while let number = next.popLast() {
            for child in children(of: number) {
                levels[child] = max(levels[child], levels[number] + 1)
                open[child] -= 1
                if open[child] == 0 { next.append(child) }
            }
        }
        return levels
    }
}

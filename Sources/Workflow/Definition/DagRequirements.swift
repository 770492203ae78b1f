/// What a node must offer to run a DAG, or one task of it.
public struct DagRequirements: Codable, Hashable, Sendable {
    /// Actions that its tasks use.
    public var actions: Set<String>
    /// KisFlow flows that its tasks name.
    public var flows: Set<String>
    /// Labels that it must have, with these values.
    public var labels: [String: String]

    public init(actions: Set<String> = [], flows: Set<String> = [], labels: [String: String] = [:]) {
        self.actions = actions
        self.flows = flows
        self.labels = labels
    }

    fileprivate mutating func add(_ task: Dag.Task) {
        actions.insert(task.actionName)
        guard task.actionName == Dag.flowAction.name, let flow = task.params[Dag.flowAction.parameter]?.stringValue else { return }
        if !Template.isPresent(in: flow) { flows.insert(flow) }
    }
}

extension Dag {
    /// The action that runs a KisFlow flow, and the parameter that names the flow.
    static let flowAction = (name: "kisflow", parameter: "flow")

    /// What a node must offer to own runs of this DAG. A flow whose name is a template is known only when its task starts, so it is not among
    /// them; nor is what only tasks need that are placed for themselves (`Task.isPlaced`).
    public var requirements: DagRequirements {
        var requirements = DagRequirements(labels: worker ?? [:])
        for task in tasks where !task.isPlaced { requirements.add(task) }
        for task in onExit ?? [] where !task.isPlaced { requirements.add(task) }
        return requirements
    }

    /// What a node must offer to run one task of this DAG: its own labels go over the DAG's.
    public func requirements(of task: Task) -> DagRequirements {
        var requirements = DagRequirements(labels: (worker ?? [:]).merging(task.worker ?? [:]) { _, own in own })
        requirements.add(task)
        return requirements
    }
}

extension Dag.Task {
    /// Whether the task goes to a node of its own choice instead of that of its run.
    public var isPlaced: Bool { worker != nil || spread == true }
}

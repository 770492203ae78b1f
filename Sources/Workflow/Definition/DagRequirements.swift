/// What a node must offer to run a DAG.
public struct DagRequirements: Codable, Hashable, Sendable {
    /// Actions that its tasks use.
    public var actions: Set<String>
    /// KisFlow flows that its tasks name.
    public var flows: Set<String>

    public init(actions: Set<String> = [], flows: Set<String> = []) {
        self.actions = actions
        self.flows = flows
    }
}

extension Dag {
    /// The action that runs a KisFlow flow, and the parameter that names the flow.
    static let flowAction = (name: "kisflow", parameter: "flow")

    /// What a node must offer to run this DAG. A flow whose name is a template is known only when its task starts, so it is not among
    /// them.
    public var requirements: DagRequirements {
        var requirements = DagRequirements()
        for task in tasks {
            requirements.actions.insert(task.actionName)
            guard task.actionName == Self.flowAction.name, let flow = task.params[Self.flowAction.parameter]?.stringValue else { continue }
            if !Template.isPresent(in: flow) { requirements.flows.insert(flow) }
        }
        return requirements
    }
}

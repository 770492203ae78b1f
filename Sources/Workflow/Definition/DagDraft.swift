/// A definition as it was read, with the places that checks across the whole file need.
struct DagDraft {
    var dag: Dag
    var tasks: [TaskDraft]
    /// Where the tasks are, or should be.
    var position: YamlPosition
}

/// A task as it was read, with the places of its parts.
struct TaskDraft {
    var task: Dag.Task
    /// Where its id is; where the task begins if it has none.
    var position: YamlPosition
    var dependencies: [Named]
    /// Where its action is; `nil` if it has none.
    var actionPosition: YamlPosition?
    var params: YamlNode?
    /// Variables that its checks look at.
    var checkedVars: [Named]

    /// A name and where it stands.
    struct Named {
        var name: String
        var position: YamlPosition
    }
}

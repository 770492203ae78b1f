/// A definition as it was read, with the places that checks across the whole file need.
struct DagDraft {
    var dag: Dag
    /// The tasks, then those of `onExit`.
    var tasks: [TaskDraft]
    /// Where the tasks are, or should be.
    var position: YamlPosition

    /// The DAGs that tasks run, where they are named outright.
    var subDags: [(task: String, dag: String, position: YamlPosition)] {
        tasks.compactMap { task in
            guard let dag = task.task.subDag else { return nil }
            let position = task.params?.node(at: [.key(Dag.subDagAction.parameter)]).position ?? task.position
            return (task.task.id, dag, position)
        }
    }
}

/// A task as it was read, with the places of its parts.
struct TaskDraft {
    var task: Dag.Task
    /// Where its id is; where the task begins if it has none.
    var position: YamlPosition
    var dependencies: [Named]
    /// Where its action is; `nil` if it has none.
    var actionPosition: YamlPosition?
    /// All of it.
    var node: YamlNode
    var params: YamlNode?
    /// Where the items of its fan-out are.
    var items: YamlNode?
    /// The conditions of its checks and of `when`.
    var conditions: [Condition]
    /// Whether it is one of `onExit`.
    var isExit: Bool

    /// A condition and where it stands.
    struct Condition {
        var condition: PreCheck.Condition
        var position: YamlPosition
        /// Whether it is one of `when`, where one that never holds is a mistake.
        var isWhen: Bool
    }

    /// A name and where it stands.
    struct Named {
        var name: String
        var position: YamlPosition
    }
}

public import Workflow

/// A run with all its tasks in the order of its definition.
public struct RunDetails: Sendable, Hashable, Codable {
    public var instance: DagInstance
    /// `nil` if the definition's version is not in the store.
    public var dag: Dag?
    /// One for each task of the definition; a task that has not started has status `init` and attempt 0.
    public var tasks: [TaskInstance]

    init(instance: DagInstance, dag: Dag?, documents: [TaskInstance]) {
        var instance = instance
        if !instance.status.isFinal { instance.shareData = instance.shareData.folding(documents.flatMap(\.shareData)) }
        self.instance = instance
        self.dag = dag
        guard let dag else {
            tasks = documents
            return
        }
        let byTask = Dictionary(documents.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
        tasks = dag.tasks.map { task in
            byTask[task.id]
                ?? TaskInstance(
                    dagInsId: instance.id, dagId: dag.id, taskId: task.id, actionName: task.actionName, dependOn: task.dependOn,
                    status: .`init`, attempt: 0, version: .zero, worker: "")
        }
    }
}

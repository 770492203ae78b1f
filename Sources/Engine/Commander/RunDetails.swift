public import Workflow

/// A run with all its tasks in the order of its definition.
public struct RunDetails: Sendable, Hashable, Codable {
    public var instance: DagInstance
    /// `nil` if the definition's version is not in the store.
    public var dag: Dag?
    /// One for each task of the definition, those of `onExit` last; a task that has not started has status `init` and attempt 0. Items of a fan-out stand behind their task.
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
        let items = Self.items(documents)
        tasks = dag.allTasks.flatMap { task in
            let own =
                byTask[task.id]
                ?? TaskInstance(
                    dagInsId: instance.id, dagId: dag.id, taskId: task.id, actionName: task.actionName, dependOn: task.dependOn,
                    status: .`init`, attempt: 0, version: .zero, worker: "")
            return [own] + items[task.id, default: []]
        }
    }

    /// Items of fan-outs by task, in the order of their lists.
    private static func items(_ documents: [TaskInstance]) -> [String: [TaskInstance]] {
        var items: [String: [(index: Int, task: TaskInstance)]] = [:]
        for document in documents {
            if let group = ForEach.group(of: document.taskId) { items[group.task, default: []].append((group.index, document)) }
        }
        return items.mapValues { $0.sorted { $0.index < $1.index }.map(\.task) }
    }

    /// Tasks of the definition, without the items of fan-outs.
    public var ownTasks: [TaskInstance] { tasks.filter { !isItem($0) } }

    /// Whether a task is an item of a fan-out.
    public func isItem(_ task: TaskInstance) -> Bool { ForEach.group(of: task.taskId) != nil }
}

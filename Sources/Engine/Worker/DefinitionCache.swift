import Workflow

/// A definition as runs of it need it.
final class Definition: Sendable {
    let dag: Dag
    /// Made once for all runs of the version.
    let graph: Result<TaskGraph, TaskGraphError>

    init(_ dag: Dag) {
        self.dag = dag
        graph = Result { () throws(TaskGraphError) in try TaskGraph(dag) }
    }

    /// What a run follows: all of it, or, where it is one attempt of one task of another run, that task alone. `nil` if there is no such task.
    func scoped(to instance: DagInstance) -> Definition? {
        guard let origin = instance.origin, origin.kind == .task else { return self }
        return dag.scoped(to: origin).map(Definition.init)
    }

    /// How long an attempt of a task, or of an item of a fan-out, may take, in seconds.
    func timeoutSecs(_ number: Int, id: String) -> Int? {
        number < dag.tasks.count ? dag.tasks[number].timeoutSecs : task(number, id: id).timeoutSecs
    }

    /// Whether an attempt of a task needs more than a place here: a slot, labels, or the choice of the leader. Few do, and what is said of a task is much to hand about.
    func isPlaced(_ number: Int) -> Bool {
        guard number < dag.tasks.count else { return true }
        return dag.tasks[number].pool != nil || dag.tasks[number].worker != nil || dag.tasks[number].spread != nil
    }

    /// The definition of a task, or of the fan-out that it is an item of.
    func task(_ number: Int, id: String) -> Dag.Task {
        if number < dag.tasks.count { return dag.tasks[number] }
        if let onExit = dag.onExit, number < dag.tasks.count + onExit.count { return onExit[number - dag.tasks.count] }
        let name = ForEach.item(id)?.task ?? id
        return dag.allTasks.first { $0.id == name } ?? Dag.Task(id: id, actionName: "")
    }
}

/// Definitions by version, the last that were asked for: at most a thousand, and no more than one beyond 200,000 tasks in all. A version never changes, so nothing here gets old.
actor DefinitionCache {
    private let store: any Store
    private var definitions: [String: Definition] = [:]
    private var order: [String] = []
    private var tasks = 0
    private let limit = 1_000
    private let taskLimit = 200_000

    init(store: any Store) { self.store = store }

    /// A definition; `nil` if the store has none of that version.
    func definition(id: String, version: String) async throws -> Definition? {
        let key = Dag.versionKey(id: id, version: version)
        if let definition = definitions[key] { return definition }
        guard let dag = try await store.dagVersion(id: id, version: version) else { return nil }
        let definition = Definition(dag)
        if definitions.updateValue(definition, forKey: key) == nil {
            order.append(key)
            tasks += dag.tasks.count
        }
        while order.count > 1, order.count > limit || tasks > taskLimit {
            tasks -= definitions.removeValue(forKey: order.removeFirst())?.dag.tasks.count ?? 0
        }
        return definition
    }
}

/// What all attempts of a run on a node have in common: one object, so that a start costs a reference.
final class RunFacts: Sendable {
    let instance: DagInstance
    let definition: Definition

    init(_ instance: DagInstance, _ definition: Definition) {
        self.instance = instance
        self.definition = definition
    }
}

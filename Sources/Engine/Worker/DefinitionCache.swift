import Workflow

/// A definition as runs of it need it.
final class Definition: Sendable {
    let dag: Dag
    /// Made once for all runs of the version.
    let graph: Result<TaskGraph, TaskGraphError>

    init(_ dag: Dag) {
        self.dag = dag
        graph = Result { () throws(TaskGraphError) in try TaskGraph(dag.tasks) }
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

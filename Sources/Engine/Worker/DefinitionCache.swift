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

/// Definitions by version, the last thousand that were asked for. A version never changes, so nothing here gets old.
actor DefinitionCache {
    private let store: any Store
    private var definitions: [String: Definition] = [:]
    private var order: [String] = []
    private let limit = 1_000

    init(store: any Store) { self.store = store }

    /// A definition; `nil` if the store has none of that version.
    func definition(id: String, version: String) async throws -> Definition? {
        let key = Dag.versionKey(id: id, version: version)
        if let definition = definitions[key] { return definition }
        guard let dag = try await store.dagVersion(id: id, version: version) else { return nil }
        let definition = Definition(dag)
        if definitions.updateValue(definition, forKey: key) == nil { order.append(key) }
        if order.count > limit { definitions[order.removeFirst()] = nil }
        return definition
    }
}

public import Workflow

extension Commander {
    /// Starts a new run that uses the finished tasks of an earlier one again, with other variables if wanted. It has the version of the earlier run, which stays as it is.
    /// - Parameters:
    ///   - from: tasks from which on everything runs anew; what had not succeeded runs anew in any case.
    ///   - vars: variables that are to be others than in the earlier run.
    /// - Throws: `CommandError` where there is no such run or task, or the run is not over, or a variable is not as it must be.
    public func reuse(
        _ run: String, from tasks: [String] = [], vars: [String: String] = [:], id: String? = nil, tags: [String: String]? = nil,
        priority: Int? = nil
    ) async throws -> DagInstance {
        guard let earlier = try await store.instance(id: run) else { throw CommandError(.notFound, "there is no run '\(run)'") }
        guard earlier.status.isFinal else {
            throw CommandError(.refused, "the run '\(run)' is not over, it is \(earlier.status.rawValue); wait for its end, or cancel it")
        }
        guard let dag = try await store.dagVersion(id: earlier.dagId, version: earlier.dagVersion) else {
            throw CommandError(.notFound, "the definition of the run '\(run)' is not in the store")
        }
        if let unknown = tasks.first(where: { task in !dag.tasks.contains { $0.id == task } }) {
            let list = dag.tasks.prefix(20).map(\.id).joined(separator: ", ") + (dag.tasks.count > 20 ? ", …" : "")
            throw CommandError(.notFound, "the DAG '\(dag.id)' has no task '\(unknown)' to run from; it has \(list)")
        }
        let request = RunRequest(
            dagId: dag.id, vars: earlier.vars.merging(vars) { $1 }, id: id, tags: tags ?? earlier.tags, version: earlier.dagVersion,
            priority: priority ?? earlier.priority)
        return try await self.run(request, origin: RunOrigin(kind: .reuse, run: run, from: tasks))
    }
}

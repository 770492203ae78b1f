public import Workflow

extension Commander {
    /// Starts a new run that uses the finished tasks of an earlier one again, with other variables or another version if wanted. The earlier run stays as it is.
    /// - Parameters:
    ///   - from: tasks from which on everything runs anew; what had not succeeded runs anew in any case.
    ///   - vars: variables that are to be others than in the earlier run.
    ///   - version: the version of the definition; `nil` for that of the earlier run.
    /// - Throws: `CommandError` where there is no such run or task, or the run is not over, or a variable is not as it must be.
    public func reuse(
        _ run: String, from tasks: [String] = [], vars: [String: String] = [:], id: String? = nil, tags: [String: String]? = nil,
        priority: Int? = nil, version: String? = nil
    ) async throws -> DagInstance {
        var reuse = Reuse(run: run, from: tasks, vars: vars, version: version)
        (reuse.id, reuse.tags, reuse.priority) = (id, tags, priority)
        let (request, origin) = try await self.request(reuse)
        return try await self.run(request, origin: origin)
    }

    /// The request that a reuse comes to, and where its run comes from.
    func request(_ reuse: Reuse) async throws -> (RunRequest, RunOrigin) {
        let run = reuse.run
        guard let earlier = try await store.instance(id: run) else {
            throw CommandError(.notFound, "there is no run '\(run)' (commander list shows those that there are)")
        }
        guard earlier.status.isFinal else {
            throw CommandError(.refused, "the run '\(run)' is not over, it is \(earlier.status.rawValue); wait for its end, or cancel it")
        }
        let version = reuse.version ?? earlier.dagVersion
        guard let dag = try await store.dagVersion(id: earlier.dagId, version: version) else {
            throw CommandError(
                .notFound,
                "the definition of the run '\(run)' is not in the store: apply the file that it was made from again (commander dag apply FILE)"
            )
        }
        if let unknown = reuse.tasks.first(where: { task in !dag.tasks.contains { $0.id == task } }) {
            let list = dag.tasks.prefix(20).map(\.id).joined(separator: ", ") + (dag.tasks.count > 20 ? ", …" : "")
            throw CommandError(
                .notFound, "the DAG '\(dag.id)' has no task '\(unknown)' to run\(reuse.only == nil ? " from" : ""); it has \(list)")
        }
        if reuse.needsAll { try await checkComplete(reuse, earlier, dag) }
        // Variables that the new version does not have any more are left behind.
        let kept = reuse.version == nil ? earlier.vars : earlier.vars.filter { dag.vars[$0.key] != nil }
        let request = RunRequest(
            dagId: dag.id, vars: kept.merging(reuse.vars) { $1 }, id: reuse.id, tags: reuse.tags ?? earlier.tags, version: version,
            priority: reuse.priority ?? earlier.priority)
        return (request, RunOrigin(kind: .reuse, run: run, task: reuse.only ?? "", from: reuse.tasks))
    }

    /// - Throws: `CommandError` where a task whose result is needed has not been done by the earlier run.
    private func checkComplete(_ reuse: Reuse, _ earlier: DagInstance, _ dag: Dag) async throws {
        let graph: TaskGraph
        do throws(TaskGraphError) { graph = try TaskGraph(dag) } catch { throw CommandError(.invalid, "\(error)") }
        let documents = try await store.tasks(of: earlier.id, runEpoch: earlier.runEpoch)
        let status = Dictionary(documents.map { ($0.taskId, $0.status) }, uniquingKeysWith: { first, _ in first })
        let plan = ReusePlan(graph, from: reuse.from, only: reuse.only) { status[$0] }
        guard let missing = plan.missing.first else { return }
        let what = reuse.tasks.map { "'\($0)'" }.joined(separator: ", ")
        throw CommandError(
            .refused,
            "\(what) needs the result of the task '\(missing)', which is \(status[missing]?.rawValue ?? "not there") in the last run \(earlier.id); run from there: --from \(missing)"
        )
    }
}

/// How a new run uses an earlier one again.
package struct Reuse: Sendable, Hashable {
    /// The earlier run.
    package var run: String
    /// Tasks from which on everything runs anew.
    package var from: [String]
    /// The one task that runs, where it is only one.
    package var only: String?
    package var vars: [String: String]
    /// The version of the definition; `nil` for that of the earlier run.
    package var version: String?
    /// Whether it is refused where a task before those that run anew has not been done.
    package var needsAll = false
    var id: String?
    var tags: [String: String]?
    var priority: Int?

    package init(run: String, from: [String] = [], only: String? = nil, vars: [String: String] = [:], version: String? = nil) {
        self.run = run
        self.from = from
        self.only = only
        self.vars = vars
        self.version = version
    }

    /// The tasks that are named.
    var tasks: [String] { from + [only].compactMap(\.self) }
}

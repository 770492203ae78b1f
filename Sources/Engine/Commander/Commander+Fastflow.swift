public import Workflow

/// The names that fastflow's Commander has for these commands. With `wait` they are its synchronous form: they return when the command is done, and throw where it is refused
/// or not done in time. Task instance ids are `<run>/<task>`, all of one run.
extension Commander {
    /// Starts a run of a DAG.
    public func runDag(_ dagId: String, vars: [String: String] = [:]) async throws -> DagInstance {
        try await run(dagId: dagId, vars: vars)
    }

    /// All failed and canceled tasks of a run run again.
    public func retryDagIns(_ dagInsId: String, wait: Duration? = nil) async throws {
        try await retry(dagInsId, wait: wait).check(afterWaiting: wait)
    }

    /// These tasks run again.
    public func retryTask(_ taskInsIds: [String], wait: Duration? = nil) async throws {
        let (run, tasks) = try Self.split(taskInsIds)
        try await retry(run, tasks: tasks, wait: wait).check(afterWaiting: wait)
    }

    /// These tasks end as canceled.
    public func cancelTask(_ taskInsIds: [String], wait: Duration? = nil) async throws {
        let (run, tasks) = try Self.split(taskInsIds)
        try await cancel(run, tasks: tasks, wait: wait).check(afterWaiting: wait)
    }

    /// All blocked tasks of a run go on.
    public func continueDagIns(_ dagInsId: String, wait: Duration? = nil) async throws {
        try await `continue`(dagInsId, wait: wait).check(afterWaiting: wait)
    }

    /// These blocked tasks go on.
    public func continueTask(_ taskInsIds: [String], wait: Duration? = nil) async throws {
        let (run, tasks) = try Self.split(taskInsIds)
        try await `continue`(run, tasks: tasks, wait: wait).check(afterWaiting: wait)
    }

    private static func split(_ taskInsIds: [String]) throws(CommandError) -> (run: String, tasks: [String]) {
        var (runs, tasks) = (Set<String>(), [String]())
        for id in taskInsIds {
            guard let slash = id.firstIndex(of: "/") else {
                throw CommandError(.invalid, "'\(id)' is not the id of a task of a run; write <run>/<task>")
            }
            runs.insert(String(id[..<slash]))
            tasks.append(String(id[id.index(after: slash)...]))
        }
        guard runs.count == 1, let run = runs.first else {
            throw CommandError(.invalid, "name tasks of one run, at least one; these are of \(runs.count) runs")
        }
        return (run, tasks)
    }
}

extension CommandRecord {
    /// - Throws: `CommandError` where it was refused, or was waited for and is not done.
    func check(afterWaiting wait: Duration?) throws(CommandError) {
        if status == .refused { throw CommandError(.refused, "\(command.kind.rawValue) of '\(command.run)' was refused: \(result)") }
        guard let wait, !status.isSettled else { return }
        throw CommandError(
            .timedOut,
            "\(command.kind.rawValue) of '\(command.run)' is not done after \(wait); it is \(status.rawValue) and may be done later (command \(command.id))"
        )
    }
}

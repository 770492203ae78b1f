package import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ActionContext {
    /// Runs another DAG as a child of this task: the first call starts it and parks the task; once the child has ended the outputs of its tasks are returned.
    ///
    /// A retry of the task goes on with the same child: what failed in it is retried, and one that has succeeded is only looked at.
    /// - Throws: `ActionPause` while the child is under way; `ActionError` where it fails, or cannot be started.
    package func runChild(dag: String, vars: [String: String], version: String?) async throws -> [String: Value] {
        guard let runs = surroundings.runs else { throw ActionError("there is no cluster here that could run '\(dag)'") }
        let lineage = (origin?.lineage ?? []) + [dagId]
        guard !lineage.contains(dag) else {
            throw ActionError.doNotRetry("DAGs run each other in a circle: \((lineage + [dag]).joined(separator: " -> "))")
        }
        guard lineage.count <= ChildRuns.depthLimit else {
            throw ActionError.doNotRetry(
                "sub-workflows are nested deeper than \(ChildRuns.depthLimit) levels: \(lineage.joined(separator: " -> "))")
        }
        let id = ChildRuns.id(run: dagInsId, task: taskId)
        guard let child = try await runs.run(id) else {
            try await startChild(id, dag, vars, version, lineage, runs)
            try wait(for: id)
        }
        switch child.status {
        case .success: return try await outputs(of: child, runs)
        case .failed, .canceled:
            let retry = "\(id)/retry/\(attempt)"
            // The first call of a later attempt: what failed is retried, once for each attempt.
            if attempt > 1, memo?.stringValue != retry {
                try await runs.tell(
                    Command(
                        id: retry, run: id, kind: .retry,
                        author: Author(by: "run \(dagInsId)", reason: "attempt \(attempt) of '\(taskId)'", at: now)))
                try park(until: now.addingTimeInterval(ChildRuns.lookAfter), memo: .string(retry), childRun: id)
            }
            if let retry = memo?.stringValue, try await isOpen(retry, runs) { try wait(for: id) }
            throw ActionError("the run '\(id)' of '\(dag)' \(child.status == .failed ? "failed" : "was canceled"): \(child.reason)")
        case .`init`, .scheduled, .running, .blocked, .parked: try wait(for: id)
        }
    }

    private func wait(for child: String) throws -> Never {
        try park(until: now.addingTimeInterval(ChildRuns.lookAfter), memo: memo, childRun: child)
    }

    private func isOpen(_ command: String, _ runs: ChildRuns) async throws -> Bool {
        guard let record = try await runs.store.command(id: command) else { return false }
        return !record.status.isSettled
    }

    private func startChild(
        _ id: String, _ dag: String, _ vars: [String: String], _ version: String?, _ lineage: [String], _ runs: ChildRuns
    ) async throws {
        let record = try await runs.definition(dag, version: version)
        let request = RunRequest(dagId: dag, vars: vars, id: id)
        var child: DagInstance
        do { child = try Commander.instance(for: request, of: record, at: now) } catch { throw ActionError.doNotRetry("\(error)") }
        child.trigger = .parent
        child.origin = RunOrigin(kind: .dag, run: dagInsId, task: taskId, attempt: attempt, lineage: lineage)
        _ = try await runs.start(child)
        await trace("started run '\(id)' of '\(dag)'")
    }

    private func outputs(of child: DagInstance, _ runs: ChildRuns) async throws -> [String: Value] {
        let done = try await runs.tasks(child).filter { $0.status == .success }
        return Dictionary(done.compactMap { task in task.output.map { (task.taskId, $0) } }, uniquingKeysWith: { first, _ in first })
    }
}

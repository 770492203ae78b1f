import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One attempt of a task on a node that the run's owner is not.
///
/// It is a run of its own, of that one task: the leader gives it to a node that matches, which has it under its own epoch, and moves it when that node is lost. The owner's task waits for it like one
/// that waits for a sub-workflow, and takes over what it left. When the owner is lost, the next one finds the run by its id.
struct Elsewhere: Sendable {
    let runs: ChildRuns
    /// Labels of this node, and the actions that it offers.
    let labels: [String: String]
    let offers: @Sendable (String) -> Bool

    /// How far the epochs of one attempt are from those of the next.
    private static let epochShift: Int64 = 16

    /// Whether an attempt belongs on another node, or on whichever the leader chooses.
    func takes(_ definition: Dag.Task, of instance: DagInstance) -> Bool {
        guard instance.origin?.kind != .task else { return false }
        if definition.spread == true { return true }
        guard let wanted = definition.worker else { return false }
        // An earlier owner, on a node without the labels, may have started the attempt elsewhere: it must not run here beside.
        return instance.version.epoch > 1 || !wanted.allSatisfy { labels[$0.key] == $0.value } || !offers(definition.actionName)
    }

    /// Starts the attempt, or takes over what it left.
    /// - Returns: the outcome, output and share data included.
    func attempt(_ task: TaskInstance, of instance: DagInstance, shareData: [String: String], context: ActionContext) async throws
        -> TaskOutcome
    {
        let id = ChildRuns.id(run: instance.id, task: task.taskId, attempt: task.attempt)
        var child = DagInstance(
            id: id, dagId: instance.dagId, dagVersion: instance.dagVersion, trigger: .parent, vars: instance.vars, shareData: shareData,
            priority: instance.priority, createdAt: context.now)
        child.origin = RunOrigin(
            kind: .task, run: instance.id, task: task.taskId, attempt: task.attempt, lineage: instance.origin?.lineage ?? [],
            params: task.params)
        // Epochs of the attempt begin above all that the run itself has: the pair of epoch and attempt never repeats, and later attempts have higher fencing tokens.
        child.version = RecordVersion(epoch: task.version.epoch + Int64(task.attempt) << Self.epochShift)
        let found = try await runs.run(id)
        guard let found, found.status.isFinal else {
            if found == nil { _ = try await runs.start(child) }
            try context.park(until: context.now.addingTimeInterval(ChildRuns.lookAfter), childRun: id)
        }
        let end = try await runs.tasks(found).first { $0.taskId == task.taskId }
        var outcome = TaskOutcome(Self.result(of: found, end), output: end?.output)
        outcome.shareData = (end?.shareData ?? []).map { ShareDataEdit(key: $0.key, value: $0.value) }
        outcome.childRun = id
        outcome.worker = end?.worker ?? found.worker
        return outcome
    }

    private static func result(of run: DagInstance, _ end: TaskInstance?) -> TaskOutcome.Result {
        let reason = end.map { $0.reason.isEmpty ? run.reason : $0.reason } ?? run.reason
        return switch run.status {
        case .success: .success
        case .canceled: .canceled(reason: reason)
        default: .failed(reason: reason)
        }
    }
}

import TestSupport
import Workflow

@testable import Engine

extension Observer {
    /// Whether a command lets a task run again that had come so far.
    func isReset(_ task: TaskInstance) -> Bool { resets[task.id].map { $0 >= task.attempt } ?? false }

    /// The definition that a run follows: of one that runs a task for another run, that task alone.
    func scope(_ dag: Dag, _ instance: DagInstance) -> Dag {
        guard let origin = instance.origin, origin.kind == .task else { return dag }
        return dag.scoped(to: origin) ?? dag
    }

    /// A task runs where its labels let it, and no more items of a fan-out at once than may.
    func checkPlace(_ task: Dag.Task, of name: Attempt, _ machine: Machine, _ isElsewhere: Bool) {
        let labels = Scenario.labels(Int(machine.name.dropFirst()) ?? 0)
        if let wanted = task.worker, !wanted.allSatisfy({ labels[$0.key] == $0.value }) {
            report("placement", "\(name) began on \(machine.name), which has not the labels \(wanted)")
        }
        guard let limit = task.forEach?.maxParallel, !isElsewhere else { return }
        let items = running.filter { other, place in
            other.run == name.run && ForEach.item(other.task)?.task == task.id && other.task != name.task && place === machine
        }
        if items.count >= limit { report("maxParallel", "\(name) began beside \(items.keys.map(\.task).sorted())") }
    }

    /// What must hold when faults have stopped and all is done.
    func checkEnd(_ state: MemoryState, _ scenario: Scenario) {
        for id in submitted.sorted() {
            guard let instance = state.instances[id] else {
                report("lost", "the run \(id) was acknowledged and is gone")
                continue
            }
            checkEnd(of: instance, state, scenario)
        }
        for problem in traces.problems(state) { report("I8", problem) }
        for problem in commands.problems(state) { report("commands", problem) }
    }

    private func checkEnd(of instance: DagInstance, _ state: MemoryState, _ scenario: Scenario) {
        guard instance.status.isFinal else {
            return report("I3", "the run \(instance.id) is still \(instance.status.rawValue): \(instance.reason)")
        }
        if instance.status != .canceled, commands.isToEndCanceled(instance, state) {
            report("canceled runs end canceled", "\(instance.id) is \(instance.status.rawValue)")
        }
        if instance.status == .failed, !mayFail(instance, state, scenario) {
            report("failed without reason", "\(instance.id): \(instance.reason)")
        }
    }

    private func mayFail(_ instance: DagInstance, _ state: MemoryState, _ scenario: Scenario) -> Bool {
        if instance.adoptions >= scenario.adoptionLimit { return true }
        if state.isChanged(instance.id) || instance.control?.lost.values.contains(where: { $0.count >= 5 }) == true { return true }
        if state.instances.values.contains(where: { $0.origin?.run == instance.id && mayFail($0, state, scenario) }) { return true }
        guard let dag = state.dagVersions[Dag.versionKey(id: instance.dagId, version: instance.dagVersion)] else { return false }
        return dag.tasks.contains { $0.onWorkerLost == .fail || $0.params["fails"] == .bool(true) }
    }
}

extension ActionContext {
    /// The run whose owner has the attempt: that of one task for another run has an id of its own.
    var ownRun: String {
        guard let origin, origin.kind == .task else { return dagInsId }
        return ChildRuns.id(run: origin.run, task: origin.task, attempt: origin.attempt)
    }
}

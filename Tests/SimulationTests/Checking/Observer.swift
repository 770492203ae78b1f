import TestSupport
import Workflow

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Watches a simulated cluster and says when one of its promises is broken. It sees what no node can see: the true time, what the majority has, and every attempt as it happens.
///
/// `@unchecked Sendable`: see `World`.
final class Observer: @unchecked Sendable {
    struct Violation: Error, Sendable, Hashable, CustomStringConvertible {
        /// Which promise: the names of DESIGN.md and FIELD.md where they have one.
        var rule: String
        var description: String
    }

    struct Attempt: Hashable {
        var run: String
        var task: String
        var epoch: Int64
        var attempt: Int

        init(run: String, task: String, epoch: Int64, attempt: Int) {
            (self.run, self.task, self.epoch, self.attempt) = (run, task, epoch, attempt)
        }

        init(_ context: ActionContext) {
            self.init(run: context.dagInsId, task: context.taskId, epoch: context.fencingToken, attempt: context.attempt)
        }
    }

    private struct TaskName: Hashable {
        var run: String
        var task: String
    }

    let world: World
    private(set) var violations: [Violation] = []
    /// What the majority has, and had a while ago.
    var committed: () -> MemoryState = { MemoryState() }
    private(set) var earlierState = MemoryState()
    private var owners: [String: [Int64: String]] = [:]
    private var started: Set<Attempt> = []
    private(set) var running: [Attempt: Machine] = [:]
    /// The runs that own attempts.
    private var ownRuns: [Attempt: String] = [:]
    private var startsOfOnce: [TaskName: Attempt] = [:]
    var traces = TraceRules()
    private(set) var commands = CommandRules()
    /// Commands that somebody gives, and those that are known to be kept.
    var given: Set<String> = []
    var kept: Set<String> = []
    private(set) var submitted: Set<String> = []
    private var resigned = ""
    private var pastSessions: Set<String> = []
    private var left: Set<String> = []
    private(set) var attempts = 0
    private(set) var repeats = 0
    private var startedTasks: Set<TaskName> = []
    /// Tasks whose end the majority has from an owner that was the owner when it got there.
    private var finished: Set<TaskName> = []
    /// Up to which attempt commands let tasks run again.
    var resets: [String: Int] = [:]
    /// Documents of former owners, which must never count.
    private var strays: [String: RecordVersion] = [:]
    /// Versions of tasks that owners have written themselves.
    private var recorded: Set<String> = []
    private let concurrentTasks: Int

    init(world: World, concurrentTasks: Int) {
        self.world = world
        self.concurrentTasks = concurrentTasks
    }

    func report(_ rule: String, _ text: @autoclosure () -> String) {
        guard violations.count < 5 else { return }
        violations.append(Violation(rule: rule, description: "\(rule): \(text())"))
        world.history.note(world.time, "!!!", rule, violations.last?.description ?? "")
    }

    func remember() { earlierState = committed() }

    // MARK: Writes as the primary takes them

    /// Records of an epoch come from its owner, and only from it.
    func wrote(_ task: TaskInstance, _ before: TaskInstance?, by machine: Machine) {
        if let before, before.version >= task.version { report("version", "\(task.id)@\(before.version) was replaced by @\(task.version)") }
        if strays[task.id] != nil { recorded.insert("\(task.id)@\(task.version)") }
        checkWriter(task.dagInsId, task.version.epoch, machine)
    }

    func wrote(_ instance: DagInstance, _ before: DagInstance?, by machine: Machine) {
        if let before, before.version >= instance.version {
            report("version", "\(instance.id)@\(before.version) was replaced by @\(instance.version)")
        }
        checkWriter(instance.id, instance.version.epoch, machine)
    }

    private func checkWriter(_ run: String, _ epoch: Int64, _ machine: Machine) {
        guard let owner = owners[run]?[epoch], let session = sessions[owner] else { return }
        if session !== machine {
            report("one owner per epoch", "\(machine.name) wrote at epoch \(epoch) of \(run), which is \(session.name)'s")
        }
    }

    /// What an owner is told to be written is there.
    func acknowledged(_ version: RecordVersion, _ stored: RecordVersion?, of id: String) {
        if stored.map({ $0 < version || $0.epoch > version.epoch }) ?? true {
            report(
                "acknowledged", "\(id)@\(version) was acknowledged, what is there is @\(stored.map(String.init(describing:)) ?? "nothing")")
        }
    }

    /// A mutex that is told to be renewed is held.
    func renewedLock(_ key: String, _ owner: String, _ record: LockRecord?, at now: Date) {
        if record?.owner?.id != owner || record?.isHeld(at: now) != true {
            report("mutex", "a renewal of '\(key)' by somebody who has it not was acknowledged")
        }
    }

    /// A session that is told to be renewed is the one that lives under the key.
    func renewed(_ session: String, _ node: MemoryState.Node?) {
        if node?.session != session || node?.isAlive != true { report("session", "a renewal of a session that is gone was acknowledged") }
    }

    // MARK: Sessions and leases, by the server's clock

    private var sessions: [String: Machine] = [:]

    func joined(_ session: String, _ machine: Machine) { sessions[session] = machine }

    /// What the primary keeps of a session or a lease, and what it had before.
    func kept(_ place: Server.Place, _ before: MemoryState, _ after: MemoryState, at now: Date) {
        switch place {
        case .node(let key): sessionChanged(before.nodes[key], after.nodes[key], at: now)
        case .lease: leaseChanged(before.lease, after.lease, at: now)
        case .lock(let key): lockChanged(before.locks[key], after.locks[key], at: now)
        case .instance, .task, .trace, .command: break
        }
    }

    private func lockChanged(_ before: LockRecord?, _ after: LockRecord?, at now: Date) {
        guard let before, let after else { return }
        let hasNewOwner = after.owner != nil && after.owner?.id != before.owner?.id
        if hasNewOwner, before.isHeld(at: now) { report("mutex", "'\(after.key)' was given to two holders") }
        if after.token < before.token || (hasNewOwner && after.token == before.token) {
            report("mutex", "the token of '\(after.key)' went from \(before.token) to \(after.token)")
        }
    }

    // MARK: Mutexes

    /// Somebody's time under a mutex.
    struct Section: Hashable, Sendable {
        var key: String
        var token: Int64
    }

    private var inside: [Section: Machine] = [:]
    private var lastTokens: [String: Int64] = [:]

    /// Somebody who was not stopped meanwhile is alone, and has a higher token than anybody before.
    func enters(_ key: String, _ token: Int64, _ machine: Machine) -> Section {
        let section = Section(key: key, token: token)
        world.history.note(world.time, machine.name, "enters", "\(key) with token \(token)")
        for (other, place) in inside where other.key == key && !place.isExcused && !place.isDead && !machine.isExcused {
            report("T7", "\(machine.name) entered '\(key)' with token \(token) while \(place.name) was inside with \(other.token)")
        }
        if let last = lastTokens[key], token <= last, !machine.isExcused { report("T7", "token \(token) of '\(key)' came after \(last)") }
        lastTokens[key] = max(lastTokens[key] ?? 0, token)
        inside[section] = machine
        return section
    }

    func leaves(_ section: Section) { inside[section] = nil }

    private func sessionChanged(_ before: MemoryState.Node?, _ after: MemoryState.Node?, at now: Date) {
        guard let before else { return }
        let isReplaced = after?.session != before.session
        if before.isAlive, before.expires > now, isReplaced || after?.isAlive == false, !left.contains(before.session) {
            report("session", "the session of \(before.node.key) ended \(before.expires.timeIntervalSince(now)) s before its lease")
        }
        if !isReplaced, !before.isAlive, after?.isAlive == true { report("session", "a dead session of \(before.node.key) came back") }
    }

    private func leaseChanged(_ before: MemoryState.Lease?, _ after: MemoryState.Lease?, at now: Date) {
        guard let before, let after else { return }
        if after.session != before.session {
            if before.expires > now {
                report("leader", "term \(before.term) was taken over \(before.expires.timeIntervalSince(now)) s before its end")
            }
            if after.term != before.term + 1 { report("I9", "the holder changed and the term went from \(before.term) to \(after.term)") }
        } else if after.term != before.term {
            report("I9", "the same holder has term \(after.term) after \(before.term)")
        } else if after.expires < before.expires, resigned != before.session {
            report("leader", "the lease of term \(before.term) was given up by somebody else")
        }
    }

    /// A session that gives up its lease; one that says so may do so more than once.
    func resigns(_ session: String, _ lease: MemoryState.Lease?) { resigned = session }

    func leaves(_ session: String) { left.insert(session) }
    // MARK: Writes as the majority has them

    func committed(_ place: Server.Place, _ before: MemoryState, _ after: MemoryState) {
        switch place {
        case .instance(let id): checkInstance(before.instances[id], after.instances[id], after)
        case .task(let id): checkTask(before.tasks[id], after.tasks[id], after)
        case .node(let key):
            guard let node = after.nodes[key], node.session != before.nodes[key]?.session else { return }
            if !pastSessions.insert(node.session).inserted { report("session", "a session of \(key) that had ended took the key again") }
        case .command(let id):
            guard let record = after.commands[id] else { return report("commands", "the command \(id) is gone") }
            if let problem = commands.problem(of: record, before.commands[id], after) { report("commands", problem) }
        case .trace, .lease, .lock: break
        }
    }

    func isPaused(_ run: String) -> Bool { commands.paused[run] != nil }

    private func checkInstance(_ before: DagInstance?, _ after: DagInstance?, _ state: MemoryState) {
        guard let after else { return report("lost", "a run is gone") }
        guard before != after else { return }
        if let problem = commands.problem(of: after, before, state) { report("commands", problem) }
        for (task, mark) in after.control?.marks ?? [:] where mark.act == .reset && before?.control?.marks[task] != mark {
            finished.remove(TaskName(run: after.id, task: task))
            resets[TaskInstance.makeID(dagInsId: after.id, taskId: task)] = mark.attempt
            startsOfOnce[TaskName(run: after.id, task: task)] = nil
        }
        if let before {
            // What is blocked in a run that has failed can still be decided.
            let reviving: Set<Command.Kind> = [.retry, .continue, .reject]
            let isRevived = after.status == .`init` && after.control?.commands.contains { reviving.contains($0.kind) } == true
            if before.status.isFinal, !isRevived {
                return report("I2", "\(after.id) changed from \(before.status.rawValue) to \(after.status.rawValue)")
            }
            if before.status != after.status, !before.status.canBecome(after.status) {
                report("transitions", "\(after.id) went from \(before.status.rawValue) to \(after.status.rawValue)")
            }
            if after.version <= before.version { report("version", "\(after.id) went from \(before.version) to \(after.version)") }
            if after.runEpoch < before.runEpoch { report("version", "runEpoch of \(after.id) fell to \(after.runEpoch)") }
            if after.version.epoch != before.version.epoch, after.version.epoch != before.version.epoch + 1 {
                report("version", "\(after.id) skipped from \(before.version) to \(after.version)")
            }
        }
        if let session = after.session { checkOwner(after.id, after.version.epoch, session) }
        if let old = before?.session, let new = after.session, old != new {
            for node in state.nodes.values where node.session == old && node.isAlive {
                report("taken from the living", "\(after.id) went from a live session of \(node.node.key) to another")
            }
        }
        if after.status == .success { checkComplete(after, state) }
    }

    private func checkOwner(_ run: String, _ epoch: Int64, _ session: String) {
        let known = owners[run, default: [:]].updateValue(session, forKey: epoch)
        if let known, known != session { report("one owner per epoch", "epoch \(epoch) of \(run) belongs to two sessions") }
    }

    /// A run is final only when all its tasks are.
    private func checkComplete(_ instance: DagInstance, _ state: MemoryState) {
        guard let dag = state.dagVersions[Dag.versionKey(id: instance.dagId, version: instance.dagVersion)] else { return }
        let tasks = state.tasks(of: instance.id)
        for task in scope(dag, instance).allTasks where tasks[task.id]?.status.letsChildrenStart != true {
            report(
                "final before its tasks",
                "\(instance.id) is success, its task \(task.id) is \(tasks[task.id]?.status.rawValue ?? "not there")")
        }
        // What was left by tasks that were run again stays, and one that runs for another run has what that had.
        if state.isChanged(instance.id) || instance.origin != nil { return }
        let sum = Set(tasks.values.flatMap(\.shareData).map(\.key)).count
        if instance.shareData.count != sum {
            report("share data", "\(instance.id) has \(instance.shareData.count) keys, its tasks left \(sum)")
        }
    }

    private func checkTask(_ before: TaskInstance?, _ after: TaskInstance?, _ state: MemoryState) {
        guard let after, before != after else { return }
        let runEpoch = state.instances[after.dagInsId]?.runEpoch ?? 0
        if before?.status.isFinal != true, let problem = traces.problem(of: after, state) { report("end before its lines", problem) }
        if let stray = strays[after.id] {
            // Raised, not written anew: the same document at a higher epoch.
            var raised = before
            raised?.version = after.version
            if after.version.epoch >= runEpoch, before?.version == stray, raised == after,
                !recorded.contains("\(after.id)@\(after.version)")
            {
                report("strays", "\(after.id)@\(stray) came to count as @\(after.version)")
            }
            strays[after.id] = nil
        }
        if after.version.epoch < runEpoch { strays[after.id] = after.version }
        if after.status.isFinal, state.instances[after.dagInsId]?.version.epoch == after.version.epoch, !isReset(after) {
            finished.insert(TaskName(run: after.dagInsId, task: after.taskId))
        }
        if let before, before.version.epoch >= runEpoch, before.status.isFinal,
            after.status != before.status || after.output != before.output, !isReset(before)
        {
            report("I2", "task \(after.id) changed from \(before.status.rawValue) to \(after.status.rawValue)")
        }
        if let before, after.version < before.version { report("version", "\(after.id) went from \(before.version) to \(after.version)") }
        if let instance = state.instances[after.dagInsId], instance.status.isFinal, after.version.epoch >= runEpoch,
            before.map({ $0.version.epoch >= runEpoch }) ?? true, before?.status != after.status
        {
            report("I2", "task \(after.id) became \(after.status.rawValue) when its run was over")
        }
    }

    // MARK: Attempts

    func attemptBegins(_ context: ActionContext, on machine: Machine) {
        let name = Attempt(context)
        world.history.note(world.time, machine.name, "begins", "\(name.run)/\(name.task) epoch \(name.epoch) attempt \(name.attempt)")
        attempts += 1
        if !startedTasks.insert(TaskName(run: name.run, task: name.task)).inserted { repeats += 1 }
        if !started.insert(name).inserted { report("I1", "attempt \(name) began twice") }
        checkBeginning(of: name, machine, committed(), context)
        (running[name], ownRuns[name]) = (machine, context.ownRun)
    }

    private func checkBeginning(of name: Attempt, _ machine: Machine, _ state: MemoryState, _ context: ActionContext) {
        let run = context.ownRun
        guard let instance = state.instances[run] else { return report("lost", "\(name) runs, its run is not there") }
        let isCurrent = instance.version.epoch == name.epoch
        if !isCurrent, !machine.isExcused {
            report("I1", "\(name) began on \(machine.name) though the run is at epoch \(instance.version.epoch)")
        }
        if isCurrent, finished.contains(TaskName(run: run, task: name.task)) {
            report("finished tasks stay finished", "\(name) began though the task had finished")
        }
        if running.values.count(where: { $0 === machine }) >= concurrentTasks {
            report("I6", "\(name) began on \(machine.name), where \(concurrentTasks) tasks run already")
        }
        guard let dag = state.dagVersions[Dag.versionKey(id: instance.dagId, version: instance.dagVersion)],
            let task = dag.allTasks.first(where: { $0.id == name.task || $0.id == ForEach.item(name.task)?.task })
        else { return report("lost", "\(name) has no definition") }
        let isElsewhere = run != name.run
        if isCurrent {
            // One that runs for another run sees the parents' outputs in its rendered parameters alone.
            let tasks = state.tasks(of: name.run)
            if !isElsewhere { for parent in task.dependOn { checkParent(parent, of: name, tasks, dag, context) } }
            // What waited for a place when its run was paused is under way; who takes the run later starts nothing.
            if !isElsewhere, let epoch = commands.paused[run], name.epoch > epoch {
                report("pause", "\(name) began although its run was paused in epoch \(epoch)")
            }
        }
        checkPlace(task, of: name, machine, isElsewhere)
        checkAlone(name, machine, context)
        // Somebody who retries such a task may have it beside an attempt that was placed elsewhere and had not begun.
        let isRetried = isElsewhere && resets[TaskInstance.makeID(dagInsId: name.run, taskId: name.task)] != nil
        if task.onWorkerLost == .fail, !isRetried,
            let first = startsOfOnce.updateValue(name, forKey: TaskName(run: name.run, task: name.task))
        {
            report("at most once", "\(name) began after \(first)")
        }
    }

    private func checkParent(_ parent: String, of name: Attempt, _ tasks: [String: TaskInstance], _ dag: Dag, _ context: ActionContext) {
        guard let document = tasks[parent], document.status.letsChildrenStart else {
            return report("I4", "\(name) began, its parent \(parent) is \(tasks[parent]?.status.rawValue ?? "not there")")
        }
        // The outputs of items are read one by one.
        guard dag.allTasks.first(where: { $0.id == parent })?.forEach == nil else { return }
        if context.outputs[parent] != document.output { report("outputs", "\(name) sees another output of \(parent) than the store has") }
        if context.shareData[parent] != document.output?.stringValue { report("share data", "\(name) does not see what \(parent) left") }
    }

    /// An attempt ends its call to be called again later.
    func attemptPauses(_ context: ActionContext) { started.remove(Attempt(context)) }

    /// An attempt that waited works again; as when it began, nobody else may be at it.
    func attemptGoesOn(_ context: ActionContext, on machine: Machine) {
        let name = Attempt(context)
        (running[name], ownRuns[name]) = (machine, context.ownRun)
        checkAlone(name, machine, context)
    }

    private func checkAlone(_ name: Attempt, _ machine: Machine, _ context: ActionContext) {
        for (other, place) in running where other.run == name.run && other.task == name.task && other != name {
            // An attempt elsewhere that was canceled ends when its own run is told; the next does not wait for it.
            let isExplained = place.isExcused || machine.isExcused || place.isDead || ownRuns[other] != context.ownRun
            if !isExplained { report("I1", "\(name) was at work on \(machine.name) while \(other) still was on \(place.name)") }
        }
    }

    func attemptEnds(_ context: ActionContext) { running[Attempt(context)] = nil }

    func says(_ context: ActionContext) { traces.says(Attempt(context)) }
    func flushed(_ context: ActionContext, lines: Int) { traces.flushed(Attempt(context), lines: lines) }

    func died(_ machine: Machine) {
        for (attempt, place) in running where place === machine { running[attempt] = nil }
        for (section, place) in inside where place === machine { inside[section] = nil }
    }

    func acknowledged(_ run: String) { submitted.insert(run) }
}

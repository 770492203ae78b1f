#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What the leader does with the commands that are open for a run that nobody owns.
///
/// What needs no owner is done at once: refusals, a pause, the cancellation of a run that has never started. All else is put into the run, which then waits for an owner that applies it. So a
/// command stands either in the run (`RunControl.commands`, later `applied`) or is still to be taken in, whatever fails in between, and is applied once.
public struct UnownedCommands: Hashable, Sendable {
    /// The run as it shall be, at a version of its own; `nil` where nothing changes.
    public private(set) var amended: DagInstance?
    /// What became of the commands; true only when the change of the run is durable.
    public private(set) var settled: [CommandRecord] = []

    /// The most commands inside one run; the others wait until its owner has applied some.
    public static let limit = 100

    private let original: DagInstance
    private let now: Date

    /// - Parameters:
    ///   - open: commands for this run that are not settled, oldest first.
    ///   - instance: the run as read, after them; nobody owns it.
    ///   - dag: the definition that it is pinned to, and its graph.
    ///   - tasks: its task documents; none for a run that has never started.
    ///   - now: the present time, in whole milliseconds.
    public init(_ open: [CommandRecord], on instance: DagInstance, dag: Dag, graph: TaskGraph, tasks: [TaskInstance], now: Date) {
        (original, self.now) = (instance, now)
        for record in open {
            let command = record.command
            let control = (amended ?? instance).control ?? RunControl()
            if control.applied.contains(command.id) {
                settle(record, .done, "applied")
            } else if control.commands.contains(where: { $0.id == command.id }) {
                if record.status == .pending { settle(record, .accepted, Self.waits) }
            } else if control.commands.count >= Self.limit {
                break
            } else if control.commands.isEmpty {
                decide(record, CommandPlan(command, on: CommandPlan.Run(amended ?? instance, dag: dag, graph: graph, tasks: tasks)), dag)
            } else {
                // What those before it will have done is not known yet; the owner decides.
                takeIn(record)
            }
        }
    }

    private static let waits = "it applies when a node has taken the run"

    private mutating func decide(_ record: CommandRecord, _ plan: CommandPlan, _ dag: Dag) {
        switch plan {
        case .refuse(let why): settle(record, .refused, why)
        case .nothingToDo(let why): settle(record, .done, why)
        case .apply(let change, let result):
            let current = amended ?? original
            if change.cancel != nil, current.runEpoch == 0 {
                cancel(record.command, change)
            } else if let isPaused = change.isPaused {
                pause(isPaused, record.command, change, dag)
            } else {
                return takeIn(record)
            }
            settle(record, .done, result)
        }
    }

    /// A run that has never started ends at once.
    private mutating func cancel(_ command: Command, _ change: CommandPlan.Change) {
        let (author, now) = (command.author, now)
        amend { run in
            run.control?.take(change, of: command)
            (run.status, run.wakeAt, run.endedAt) = (.canceled, nil, now)
            run.reason = "canceled by \(author.by)" + (author.reason.isEmpty ? "" : ": \(author.reason)")
        }
    }

    /// A paused run is parked without a time, so that it is not in the queue; one that goes on gets an owner, who sees what can start.
    private mutating func pause(_ isPaused: Bool, _ command: Command, _ change: CommandPlan.Change, _ dag: Dag) {
        amend { run in
            run.control?.take(change, of: command)
            run.wakeAt = nil
            if isPaused, run.status == .`init` {
                run.status = .parked
            } else if !isPaused {
                run.status = .`init`
                if run.runEpoch == 0 { run.wakeAt = run.startLimit(of: dag) }
            }
        }
    }

    private mutating func takeIn(_ record: CommandRecord) {
        amend { run in
            run.control?.commands.append(record.command)
            // One that was over begins again as far as the loss of workers is concerned.
            if run.status.isFinal { (run.endedAt, run.adoptions) = (nil, 0) }
            (run.status, run.reason, run.wakeAt) = (.`init`, "", nil)
        }
        settle(record, .accepted, Self.waits)
    }

    private mutating func amend(_ change: (inout DagInstance) -> Void) {
        var run = amended ?? original
        run.version = original.version.nextEpoch
        run.control = run.control ?? RunControl()
        change(&run)
        amended = run
    }

    private mutating func settle(_ record: CommandRecord, _ status: CommandRecord.Status, _ result: String) {
        settled.append(CommandRecord(record.command, status: status, result: result, settledAt: status.isSettled ? now : nil))
    }
}

extension DagInstance {
    /// Until when the run must have been started for the first time; `nil` without limit.
    public func startLimit(of dag: Dag) -> Date? { dag.startTimeoutSecs.map { createdAt.addingTimeInterval(Double($0)) } }

    /// Whether all that an owner is to do is to end it: any node can.
    public func isOnlyToBeCanceled(_ dag: Dag) -> Bool {
        guard let commands = control?.commands, !commands.isEmpty, dag.onExit?.isEmpty ?? true else { return false }
        return commands.allSatisfy { $0.kind == .cancel && $0.tasks.isEmpty }
    }

    /// What a node must offer to own this run.
    public func requirements(_ dag: Dag) -> DagRequirements? {
        if isOnlyToBeCanceled(dag) { return DagRequirements() }
        guard let origin, origin.kind == .task else { return dag.requirements }
        return dag.requirements(ofTask: origin.task)
    }
}

extension Dag {
    /// What a node must offer to run one task, or one item of its fan-out (`load[3]`); `nil` if there is no such task.
    public func requirements(ofTask id: String) -> DagRequirements? {
        let base = id.hasSuffix("]") ? id.lastIndex(of: "[").map { String(id[..<$0]) } : nil
        return (allTasks.first { $0.id == id } ?? allTasks.first { $0.id == base }).map { requirements(of: $0) }
    }
}

extension CommandPlan.Run {
    /// A run as its documents say, with what earlier commands did to its tasks.
    public init(_ instance: DagInstance, dag: Dag, graph: TaskGraph, tasks: [TaskInstance]) {
        let marks = instance.control?.marks ?? [:]
        let exitTasks = Set((dag.onExit ?? []).map(\.id))
        var found: [String: Task] = [:]
        for task in tasks {
            found[task.taskId] = Task(marks[task.taskId]?.status(of: task) ?? task.status, attempt: task.attempt)
        }
        // Marks of tasks that have no document: they were canceled before they started.
        for (id, mark) in marks where found[id] == nil && mark.act == .canceled { found[id] = Task(.canceled, attempt: mark.attempt) }
        let isAtExit = found.contains { exitTasks.contains($0.key) && $0.value.status != .`init` }
        self.init(
            status: instance.status, control: instance.control, graph: graph, tasks: found, exitTasks: exitTasks, isAtExit: isAtExit)
    }
}

extension TaskMark {
    /// The status of a task whose document says otherwise; a later attempt than the marked one supersedes the mark.
    public func status(of task: TaskInstance) -> TaskInstanceStatus {
        guard attempt >= task.attempt else { return task.status }
        return switch act {
        case .reset: .`init`
        case .continued: task.status == .blocked ? .`continue` : task.status
        case .rejected: task.status == .blocked ? .failed : task.status
        case .canceled: task.status.isFinal ? task.status : .canceled
        }
    }
}

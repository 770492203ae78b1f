#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The life of one run on the node that owns it, as a value: events go in, effects come out. docs/workflow-semantics.md has its rules in words.
///
/// It decides which task may start, what is written and when the run is over. It knows no store, no clock and no action; the times come with the events.
/// What it keeps, whatever happens:
/// - a task starts only after all that it depends on is durable, and never again once it is finished, unless somebody asks for it;
/// - `running` is written only of a task that is still at work some time after its start, so that a task which ends soon is written once;
/// - a task that must run at most once starts only after the instance says, durable, that it may have begun; in a run that has lost a worker every attempt is written before it starts;
/// - what a command changes is durable before anything follows from it;
/// - the run becomes final only after all its task documents are durable;
/// - every record carries a higher version than the one before.
public struct InstanceMachine: Sendable {
    public let graph: TaskGraph
    let dag: Dag
    /// The instance as last recorded or about to be.
    public internal(set) var instance: DagInstance
    /// The tasks of the graph by number, and behind them the items of fan-outs.
    var tasks: [TaskState]
    /// What few tasks have: history, waits, stops.
    var extras: [Int: Extra] = [:]
    /// Fan-outs that have been opened, by the number of their task.
    var fans: [Int: Fan] = [:]
    /// Items of fan-outs; the first has the number `graph.count`.
    var items: [Item] = []
    /// The share data that a task which starts now sees: what finished tasks left.
    public internal(set) var shareData: [String: String]
    /// Outputs of finished tasks by task id.
    public internal(set) var outputs = TaskOutputs()
    /// The order of the latest change of each key of share data: changes count in their own order, not in that of their acknowledgements.
    var latestChanges: [String: RecordVersion] = [:]
    /// Rendered parameters of the tasks that are under way.
    var params: [Int: [String: Value]] = [:]
    /// What tasks left whose ends are on their way to the store; nobody sees it before they are durable.
    var ends: [Int: Legacy] = [:]
    /// Tasks whose end the store has refused, and why.
    var refused: [Int: String] = [:]
    var version: RecordVersion
    /// At-most-once tasks whose claim is on its way to the store, with the version of the instance that carries it.
    var claiming: [(number: Int, version: RecordVersion)] = []
    /// Changes by commands that are on their way to the store or wait for records of their tasks.
    var changes: [StagedChange] = []
    /// Tasks that are finished already, since another run has done them.
    var reused: [Int: TaskOutcome] = [:]
    /// Tasks that do not run, since the run is for one task alone.
    var leftOut: [Int] = []
    /// Attempts under way.
    var active = 0
    /// Ends and waits that are on their way to the store.
    var unrecorded = 0
    var phase: Phase = .idle
    /// Whether no task but those at the end may start: paused, ended by somebody or by a limit, not begun yet, or already at the end.
    var isHeld = true
    /// Whether what was found when the run was taken is settled.
    var hasStarted = false
    /// Whether the tasks at the end are what may start.
    var isAtExit = false
    /// Whether the store knows, or is being told, that the run has begun.
    var isBeginningRecorded = true
    let worker: String
    /// A run in which nothing but waits is left for longer than this is parked.
    let parkAfter: TimeInterval

    enum Phase: Sendable, Hashable {
        case idle
        case running
        /// Tasks that are under way may end, nothing starts.
        case handingBack
        /// The last record of the instance is on its way.
        case ending
        case done
    }

    struct TaskState: Sendable, Hashable {
        var status: TaskInstanceStatus = .`init`
        /// Its trigger rule can never hold: something above it failed.
        var isUnreachable = false
        /// Whether the store is known to have a document of it.
        var hasDocument = false
        var attempt: Int32 = 0
        /// Parents that are not over.
        var openParents: Int32 = 0
        var failedParents: Int32 = 0
        var skippedParents: Int32 = 0
        var startedAt: Date?
        /// The version that must become durable before anything follows from the task's end or wait.
        var finalVersion: RecordVersion?
    }

    /// What few tasks have.
    struct Extra: Sendable, Hashable {
        var history = TaskHistory()
        /// When it goes on by itself.
        var wakeAt: Date?
        /// The latest attempt, once it has ended other than well.
        var last: TaskHistory.Attempt?
        /// It was blocked and may go on: its checks are not looked at again.
        var isContinued = false
        /// Why the attempt under way was canceled, and what the task becomes.
        var stop: Stop?
        /// What an attempt left whose RunAfter is still to come.
        var kept: TaskOutcome?
        /// The version of the record that must be durable before the attempt starts.
        var announced: RecordVersion?
        /// Its attempt was under way when its worker was lost.
        var wasLost = false
        /// What earlier attempts did to the share data: the document of a later one takes the place of theirs.
        var shareData: [ShareDataChange] = []
    }

    struct Stop: Sendable, Hashable {
        var status: TaskInstanceStatus
        var reason: String
    }

    /// One item of a fan-out.
    struct Item: Sendable, Hashable {
        var id: String
        var group: Int
        var index: Int
        /// Whether it is among those under way.
        var isCounted = false
    }

    /// A fan-out that has been opened.
    struct Fan: Sendable, Hashable {
        var values: [Value]
        /// The number of its first item.
        var base: Int
        /// The next item that may start.
        var next = 0
        /// Items that have started and are not over.
        var underWay = 0
        /// The record that has the list, until it is durable.
        var listVersion: RecordVersion?
        var isOpen = false
        /// Nothing more starts: what the task becomes, and why.
        var stop: Stop?
    }

    /// A change by a command.
    struct StagedChange: Sendable {
        var change: CommandPlan.Change
        /// What to say of the command; `nil` where none asked for the change.
        var settled: CommandRecord?
        /// What people had asked before.
        var before: RunControl?
        /// The version of the instance that carries it; `nil` once that is durable.
        var version: RecordVersion?
    }

    /// How long a canceled attempt may go on before it is given up, in seconds.
    public static let cancelGrace: TimeInterval = 30
    /// How many attempts of a task may be lost with their workers unless the definition says otherwise.
    public static let defaultLostAttempts = 5

    /// - Parameters:
    ///   - instance: as taken by this node; its version is the first of its epoch.
    ///   - documents: the run's task documents of this epoch, in any order; empty for a first dispatch.
    ///   - worker: key of the node.
    /// - Throws: `TaskGraphError` if the definition is not a graph.
    public init(
        instance: DagInstance, dag: Dag, documents: [TaskInstance] = [], worker: String, parkAfter: TimeInterval = 30
    ) throws(TaskGraphError) {
        self.init(
            instance: instance, dag: dag, graph: try TaskGraph(dag), documents: documents, worker: worker, parkAfter: parkAfter)
    }

    /// - Parameters:
    ///   - graph: of the definition.
    ///   - parkAfter: a run in which nothing but waits is left for longer than this, in seconds, is parked.
    public init(
        instance: DagInstance, dag: Dag, graph: TaskGraph, documents: [TaskInstance] = [], worker: String, parkAfter: TimeInterval = 30
    ) {
        self.graph = graph
        self.dag = dag
        self.instance = instance
        self.worker = worker
        self.parkAfter = parkAfter
        shareData = instance.shareData
        version = documents.map(\.version).reduce(instance.version, max)
        tasks = (0..<graph.count).map { _ in TaskState() }
        restore(documents)
    }

    // MARK: Looking at it

    /// How many tasks are finished and durable or on their way to be.
    public var finishedTasks: Int { tasks.lazy.filter(\.status.isFinal).count }

    /// Status of a task now.
    public func status(of number: Int) -> TaskInstanceStatus { tasks[number].status }

    /// The number of a task or of an item of a fan-out that has been opened.
    public func number(of id: String) -> Int? {
        if let number = graph.number(of: id) { return number }
        guard !fans.isEmpty, let (group, index) = ForEach.item(id), let fan = graph.number(of: group).flatMap({ fans[$0] }) else {
            return nil
        }
        return index < fan.values.count ? fan.base + index : nil
    }

    /// Id of a task, or of an item of a fan-out.
    public func id(of number: Int) -> String { number < graph.count ? graph.ids[number] : items[number - graph.count].id }

    /// The number of the definition that a task follows.
    func template(of number: Int) -> Int { number < graph.count ? number : items[number - graph.count].group }

    /// Whether a task runs at the end of the run.
    func isExit(_ number: Int) -> Bool { template(of: number) >= graph.exitStart }

    /// Somebody or a limit wants the run to end.
    var isStopping: Bool { instance.control.map { $0.cancel != nil || $0.failure != nil } ?? false }

    /// Whether a task is not to go on: tasks at the end do, unless they are ended as well.
    func mustEnd(_ number: Int) -> Bool { isStopping && (!isExit(number) || instance.control?.endsNow == true) }

    var isPaused: Bool { instance.control?.isPaused ?? false }

    mutating func changeControl(_ change: (inout RunControl) -> Void) {
        var control = instance.control ?? RunControl()
        change(&control)
        instance.control = control.isEmpty ? nil : control
    }

    // MARK: Events

    /// Takes an event and says what must be done. Events that no longer matter change nothing.
    public mutating func handle(_ event: Event, at now: Date) -> [Effect] {
        var effects: [Effect] = []
        handle(event, at: now, &effects)
        return effects
    }

    /// The same, with what must be done added to `effects`.
    public mutating func handle(_ event: Event, at now: Date, _ effects: inout [Effect]) {
        switch event {
        case .begin: begin(at: now, &effects)
        case .taskStarted(let number): started(number, at: now, &effects)
        case .taskOutlasts(let number, let attempt): outlasts(number, attempt, &effects)
        case .taskNoted(let number, let edits, let attempt): noted(number, edits, attempt, &effects)
        case .taskEnded(let number, let outcome, let attempt): ended(number, outcome, attempt, at: now, &effects)
        case .taskAbandoned(let number, let attempt): abandoned(number, attempt, at: now, &effects)
        case .taskRecorded(let number, let version): recorded(number, version, at: now, &effects)
        case .taskRefused(let number, let version, let reason): refused(number, version, reason, at: now, &effects)
        case .runOutlasts: runOutlasts(&effects)
        case .instanceRecorded(let version): instanceRecorded(version, at: now, &effects)
        case .instanceRefused(let version, let reason): instanceRefused(version, reason, at: now, &effects)
        case .handBack: handBack(at: now, &effects)
        case .command(let command): told(command, at: now, &effects)
        case .alarm(let alarm): rang(alarm, at: now, &effects)
        }
    }

    private mutating func begin(at now: Date, _ effects: inout [Effect]) {
        guard phase == .idle else { return }
        phase = .running
        if instance.status != .running {
            instance.status = .running
            instance.reason = ""
            instance.startedAt = instance.startedAt ?? now
            isBeginningRecorded = false
            effects.append(.watchRun)
        }
        (instance.wakeAt, instance.endedAt) = (nil, nil)
        takeCommandsInside(at: now, &effects)
        if changes.isEmpty { startAll(at: now, &effects) }
    }

    private mutating func outlasts(_ number: Int, _ attempt: Int, _ effects: inout [Effect]) {
        guard tasks[number].status == .running, tasks[number].attempt == attempt else { return }
        record(document(number, status: .running), number, &effects)
    }

    /// Share data that is too large is left to the attempt's end, which says so.
    private mutating func noted(_ number: Int, _ edits: [ShareDataEdit], _ attempt: Int, _ effects: inout [Effect]) {
        guard tasks[number].status == .running, tasks[number].attempt == attempt, !edits.isEmpty else { return }
        guard shareDataExcess(edits) == nil else { return }
        extras[number, default: Extra()].shareData = ordered(edits, of: number)
        record(document(number, status: .running), number, &effects)
    }

    private mutating func runOutlasts(_ effects: inout [Effect]) {
        guard !isBeginningRecorded, phase == .running || phase == .handingBack else { return }
        recordInstance(&effects)
    }

    private mutating func instanceRecorded(_ version: RecordVersion, at now: Date, _ effects: inout [Effect]) {
        let durable = claiming.filter { $0.version <= version }
        claiming.removeAll { $0.version <= version }
        for index in changes.indices where changes[index].version.map({ $0 <= version }) ?? false { changes[index].version = nil }
        if !changes.isEmpty { applyChanges(at: now, &effects) }
        for claim in durable where tasks[claim.number].status == .queued {
            if phase == .running {
                effects.append(.start(claim.number, document(claim.number, status: .queued)))
            } else if phase == .handingBack {
                abandoned(claim.number, nil, at: now, &effects)
            }
        }
        guard phase == .ending, version == instance.version else { return }
        phase = .done
        effects.append(.release(instance.status))
    }

    private mutating func handBack(at now: Date, _ effects: inout [Effect]) {
        guard phase == .idle || phase == .running else { return }
        phase = .handingBack
        endIfNothingIsLeft(at: now, &effects)
    }

    // MARK: Records

    /// Until the store is known to have a document, each record is a first one: it may take the place of one that waits, and the store settles an insert that meets a document.
    mutating func record(_ document: consuming TaskInstance, _ number: Int, _ effects: inout [Effect]) {
        version = version.next
        document.version = version
        effects.append(.recordTask(number, consume document, isFirst: !tasks[number].hasDocument))
    }

    mutating func recordInstance(_ effects: inout [Effect]) {
        version = version.next
        instance.version = version
        isBeginningRecorded = true
        effects.append(.recordInstance(instance))
    }

    func document(_ number: Int, status: TaskInstanceStatus) -> TaskInstance {
        let template = template(of: number)
        var document = TaskInstance(
            dagInsId: instance.id, dagId: dag.id, taskId: id(of: number), actionName: graph.tasks[template].actionName,
            dependOn: graph.tasks[template].dependOn, status: status,
            attempt: Int(tasks[number].attempt), version: version, worker: worker, params: params[number] ?? [:],
            startedAt: tasks[number].startedAt)
        // The list goes with each of a fan-out's documents: who takes the run finds its items by it.
        if !fans.isEmpty, document.params.isEmpty, let fan = fans[number] { document.params = ["items": .array(fan.values)] }
        if !extras.isEmpty, let extra = extras[number] {
            document.history = extra.history.isEmpty ? nil : extra.history
            document.wakeAt = extra.wakeAt
            document.shareData = extra.shareData
        }
        return document
    }
}

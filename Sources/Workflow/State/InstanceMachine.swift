#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The life of one run on the node that owns it, as a value: events go in, effects come out.
///
/// It decides which task may start, what is written and when the run is over. It knows no store, no clock and no action; the times come with the events.
/// The rules that it keeps:
/// - a task starts only after all its parents are durable, and never again once it is finished;
/// - `running` is written only of a task that is still at work some time after its start, so that a task which ends soon is written once;
/// - a task that must run at most once starts only after the instance says, durable, that it may have begun;
/// - the run becomes final only after all its task documents are durable;
/// - every record carries a higher version than the one before.
public struct InstanceMachine: Sendable {
    public let graph: TaskGraph
    let dag: Dag
    /// The instance as last recorded or about to be.
    public private(set) var instance: DagInstance
    var tasks: [TaskState]
    /// The share data that a task which starts now sees: what finished tasks left.
    public private(set) var shareData: [String: String]
    /// Outputs of finished tasks by task id.
    public private(set) var outputs = TaskOutputs()
    /// The order of the latest change of each key of share data: changes count in their own order, not in that of their acknowledgements.
    private var latestChanges: [String: RecordVersion] = [:]
    /// Rendered parameters of the tasks that are under way.
    var params: [Int: [String: Value]] = [:]
    /// What tasks left whose ends are on their way to the store; nobody sees it before they are durable.
    var ends: [Int: Legacy] = [:]
    /// Tasks whose end the store has refused, and why.
    var refused: [Int: String] = [:]
    var version: RecordVersion
    /// At-most-once tasks whose claim is on its way to the store, with the version of the instance that carries it.
    private var claiming: [(number: Int, version: RecordVersion)] = []
    var active = 0
    var unrecorded = 0
    var phase: Phase = .idle
    /// Whether the store knows, or is being told, that the run has begun.
    private var isBeginningRecorded = true
    let worker: String

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
        var attempt: Int32 = 0
        var openParents: Int32 = 0
        /// Whether the store is known to have a document of it.
        var hasDocument = false
        var startedAt: Date?
        /// The version that must become durable before its children may start.
        var finalVersion: RecordVersion?
    }

    /// - Parameters:
    ///   - instance: as taken by this node; its version is the first of its epoch.
    ///   - documents: the run's task documents of this epoch, in any order; empty for a first dispatch.
    ///   - worker: key of the node.
    /// - Throws: `TaskGraphError` if the definition is not a graph.
    public init(instance: DagInstance, dag: Dag, documents: [TaskInstance] = [], worker: String) throws(TaskGraphError) {
        self.init(instance: instance, dag: dag, graph: try TaskGraph(dag.tasks), documents: documents, worker: worker)
    }

    /// - Parameter graph: of the definition's tasks.
    public init(instance: DagInstance, dag: Dag, graph: TaskGraph, documents: [TaskInstance] = [], worker: String) {
        self.graph = graph
        self.dag = dag
        self.instance = instance
        self.worker = worker
        shareData = instance.shareData
        version = documents.map(\.version).reduce(instance.version, max)
        tasks = (0..<graph.count).map { _ in TaskState() }
        for number in 0..<graph.count { tasks[number].openParents = Int32(graph.parentCount(of: number)) }
        for document in documents { restore(document) }
        for (id, attempt) in instance.claims {
            guard let number = graph.number(of: id) else { continue }
            tasks[number].attempt = max(tasks[number].attempt, Int32(clamping: attempt))
        }
        for number in 0..<graph.count where tasks[number].status.letsChildrenStart { openChildren(of: number) }
    }

    /// Takes a task's state from its document. A task that was under way is a lost attempt: it counts, and runs again.
    private mutating func restore(_ document: TaskInstance) {
        guard let number = graph.number(of: document.taskId) else { return }
        tasks[number].hasDocument = true
        tasks[number].attempt = Int32(clamping: document.attempt)
        tasks[number].status = document.status.isFinal || document.status == .blocked ? document.status : .`init`
        show(Legacy(output: document.status == .success ? document.output : nil, shareData: document.shareData), of: number)
    }

    /// Lets tasks that start from now on see what a task left.
    private mutating func show(_ legacy: Legacy, of number: Int) {
        if let output = legacy.output { outputs[graph.ids[number]] = output }
        for change in legacy.shareData where latestChanges[change.key].map({ $0 < change.order }) ?? true {
            latestChanges[change.key] = change.order
            shareData[change.key] = change.value
        }
    }

    private mutating func openChildren(of number: Int) {
        for child in graph.children(of: number) { tasks[child].openParents -= 1 }
    }

    // MARK: Looking at it

    /// How many tasks are finished and durable or on their way to be.
    public var finishedTasks: Int { tasks.lazy.filter(\.status.isFinal).count }

    /// Status of a task now.
    public func status(of number: Int) -> TaskInstanceStatus { tasks[number].status }

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
        case .taskEnded(let number, let outcome): ended(number, outcome, at: now, &effects)
        case .taskAbandoned(let number): abandoned(number, at: now, &effects)
        case .taskRecorded(let number, let version): recorded(number, version, at: now, &effects)
        case .taskRefused(let number, let version, let reason): refused(number, version, reason, at: now, &effects)
        case .runOutlasts: runOutlasts(&effects)
        case .instanceRecorded(let version): instanceRecorded(version, at: now, &effects)
        case .instanceRefused(let version, let reason): instanceRefused(version, reason, at: now, &effects)
        case .handBack: handBack(at: now, &effects)
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
        for number in 0..<graph.count
        where !instance.claims.isEmpty && tasks[number].status == .`init` && instance.claims[graph.ids[number]] != nil {
            finish(
                number, .failed, reason: "its worker was lost when it may have begun, and it must not run twice (onWorkerLost: fail)",
                at: now,
                &effects)
        }
        for number in 0..<graph.count where tasks[number].openParents == 0 { makeReady(number, at: now, &effects) }
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func started(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].status == .queued else { return }
        tasks[number].status = .running
        tasks[number].startedAt = now
        effects.append(.watchTask(number, attempt: Int(tasks[number].attempt)))
    }

    private mutating func outlasts(_ number: Int, _ attempt: Int, _ effects: inout [Effect]) {
        guard tasks[number].status == .running, tasks[number].attempt == attempt else { return }
        record(document(number, status: .running), number, &effects)
    }

    private mutating func runOutlasts(_ effects: inout [Effect]) {
        guard !isBeginningRecorded, phase == .running || phase == .handingBack else { return }
        recordInstance(&effects)
    }

    private mutating func ended(_ number: Int, _ outcome: TaskOutcome, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].status == .running || tasks[number].status == .queued else { return }
        active -= 1
        if let excess = shareDataExcess(outcome.shareData) {
            finish(number, .failed, reason: excess, at: now, &effects)
            return
        }
        switch outcome.result {
        case .success: finish(number, .success, outcome: outcome, at: now, &effects)
        case .failed(let reason): finish(number, .failed, reason: reason, outcome: outcome, at: now, &effects)
        case .canceled(let reason): finish(number, .canceled, reason: reason, outcome: outcome, at: now, &effects)
        }
    }

    private mutating func abandoned(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].status == .running || tasks[number].status == .queued else { return }
        active -= 1
        // What never began may begin elsewhere.
        if tasks[number].status == .queued { instance.claims[graph.ids[number]] = nil }
        tasks[number].status = .`init`
        params[number] = nil
        // The node stops, though word of it may still be on its way: the run must not be taken for one with nothing left to do.
        if phase == .running { phase = .handingBack }
        endIfNothingIsLeft(at: now, &effects)
    }

    private mutating func recorded(_ number: Int, _ version: RecordVersion, at now: Date, _ effects: inout [Effect]) {
        tasks[number].hasDocument = true
        guard tasks[number].finalVersion == version else { return }
        tasks[number].finalVersion = nil
        unrecorded -= 1
        if let end = ends.removeValue(forKey: number) { show(end, of: number) }
        if tasks[number].status.letsChildrenStart {
            for child in graph.children(of: number) {
                tasks[child].openParents -= 1
                if tasks[child].openParents == 0 { makeReady(child, at: now, &effects) }
            }
        }
        endIfNothingIsLeft(at: now, &effects)
    }

    /// A task whose end cannot be kept has failed: a small document without parameters and output takes the place of the refused one.
    private mutating func refused(_ number: Int, _ version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        guard tasks[number].finalVersion == version else { return }
        tasks[number].finalVersion = nil
        unrecorded -= 1
        // Not even the small one: the task has no document, and the run fails with the reason. To let go of it would be to run the task again and again.
        guard refused.updateValue(reason, forKey: number) == nil else {
            (ends[number], tasks[number].hasDocument) = (nil, false)
            return endIfNothingIsLeft(at: now, &effects)
        }
        finish(number, .failed, reason: "its result cannot be stored: \(reason)", at: now, &effects)
    }

    /// A run whose sum cannot be kept ends as failed without it; the share data stays in the task documents.
    private mutating func instanceRefused(_ version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        claimsRefused(upTo: version, reason, at: now, &effects)
        guard phase == .ending, version == instance.version else { return }
        guard instance.status != .failed || !instance.shareData.isEmpty else { return effects.append(.giveUp(reason: reason)) }
        instance.status = .failed
        instance.reason = "the run cannot be stored: \(reason)"
        instance.shareData = [:]
        instance.endedAt = now
        recordInstance(&effects)
    }

    /// Tasks whose claims the store refuses must not begin: they have failed.
    private mutating func claimsRefused(upTo version: RecordVersion, _ reason: String, at now: Date, _ effects: inout [Effect]) {
        let refused = claiming.filter { $0.version <= version }.map(\.number)
        claiming.removeAll { $0.version <= version }
        for number in refused {
            active -= 1
            instance.claims[graph.ids[number]] = nil
            finish(number, .failed, reason: "it must not run twice, and that it begins cannot be stored: \(reason)", at: now, &effects)
        }
    }

    private mutating func instanceRecorded(_ version: RecordVersion, at now: Date, _ effects: inout [Effect]) {
        let durable = claiming.filter { $0.version <= version }
        claiming.removeAll { $0.version <= version }
        for claim in durable where phase == .running { effects.append(.start(claim.number, document(claim.number, status: .queued))) }
        for claim in durable where phase == .handingBack { abandoned(claim.number, at: now, &effects) }
        guard phase == .ending, version == instance.version else { return }
        phase = .done
        effects.append(.release(instance.status))
    }

    private mutating func handBack(at now: Date, _ effects: inout [Effect]) {
        guard phase == .idle || phase == .running else { return }
        phase = .handingBack
        endIfNothingIsLeft(at: now, &effects)
    }

    // MARK: Steps

    /// What checks and templates can name.
    private var scope: TemplateScope {
        TemplateScope(
            vars: instance.vars, shareData: shareData, outputs: outputs, runID: instance.id, dagID: instance.dagId,
            trigger: instance.trigger.rawValue, lists: dag.listVars)
    }

    /// A task whose parents are all durable: checks and parameters decide whether it runs.
    private mutating func makeReady(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard phase == .running, tasks[number].status == .`init` else { return }
        // Of a task only what is needed is looked at: a copy of it costs more than all the rest.
        let checks = dag.tasks[number].preChecks
        if !checks.isEmpty, let check = checks.firstHolding(in: scope) {
            finish(number, check.act == .skip ? .skipped : .blocked, reason: "preCheck '\(check.name)' holds", at: now, &effects)
            return
        }
        do throws(TemplateError) {
            let given = dag.tasks[number].params
            if !given.isEmpty {
                params[number] = try Value.object(given).rendered(in: scope).objectValue ?? [:]
            }
            tasks[number].attempt += 1
            tasks[number].status = .queued
            active += 1
            if dag.tasks[number].onWorkerLost == .fail {
                instance.claims[graph.ids[number]] = Int(tasks[number].attempt)
                recordInstance(&effects)
                claiming.append((number, instance.version))
            } else {
                effects.append(.start(number, document(number, status: .queued)))
            }
        } catch {
            finish(number, .failed, reason: error.description, at: now, &effects)
        }
    }

    /// A task is over, or blocked: its document must become durable before anything follows from it.
    private mutating func finish(
        _ number: Int, _ status: TaskInstanceStatus, reason: String = "", outcome: TaskOutcome? = nil, at now: Date,
        _ effects: inout [Effect]
    ) {
        tasks[number].status = status
        tasks[number].attempt = max(tasks[number].attempt, 1)
        var document = document(number, status: status)
        document.reason = reason
        document.endedAt = now
        document.startedAt = document.startedAt ?? now
        if let outcome {
            document.output = outcome.output
            document.shareData = outcome.shareData.map { edit in
                version = version.next
                return ShareDataChange(order: version, key: edit.key, value: edit.value)
            }
        }
        params[number] = nil
        let legacy = Legacy(output: status == .success ? document.output : nil, shareData: document.shareData)
        ends[number] = legacy.isEmpty ? nil : legacy
        unrecorded += 1
        record(document, number, &effects)
        tasks[number].finalVersion = version
    }

    /// Until the store is known to have a document, each record is a first one: it may take the place of one that waits, and the store settles an insert that meets a document.
    private mutating func record(_ document: consuming TaskInstance, _ number: Int, _ effects: inout [Effect]) {
        version = version.next
        document.version = version
        effects.append(.recordTask(number, consume document, isFirst: !tasks[number].hasDocument))
    }

    private mutating func recordInstance(_ effects: inout [Effect]) {
        version = version.next
        instance.version = version
        isBeginningRecorded = true
        effects.append(.recordInstance(instance))
    }

    private func document(_ number: Int, status: TaskInstanceStatus) -> TaskInstance {
        TaskInstance(
            dagInsId: instance.id, dagId: dag.id, taskId: graph.ids[number], actionName: dag.tasks[number].actionName,
            dependOn: dag.tasks[number].dependOn, status: status,
            attempt: Int(tasks[number].attempt), version: version, worker: worker, params: params[number] ?? [:],
            startedAt: tasks[number].startedAt)
    }

    /// Nothing runs and nothing more can: the run ends, is blocked, or goes back.
    private mutating func endIfNothingIsLeft(at now: Date, _ effects: inout [Effect]) {
        guard phase == .running || phase == .handingBack, active == 0, unrecorded == 0 else { return }
        // A task whose end nobody could store must not be run again by the next owner, who would not know of it.
        let isKnown = refused.keys.allSatisfy { tasks[$0].hasDocument }
        let goesBack = phase == .handingBack && isKnown && tasks.contains { $0.status == .`init` && $0.openParents == 0 }
        phase = .ending
        if goesBack {
            instance.status = .`init`
            instance.reason = "handed back by \(worker)"
            instance.worker = nil
        } else {
            (instance.status, instance.reason) = verdict()
            instance.shareData = shareData
            instance.claims = [:]
            instance.progress = finishedTasks
            if instance.status.isFinal { instance.endedAt = now }
        }
        instance.session = nil
        recordInstance(&effects)
    }

    /// What the tasks' statuses make of the run. A failure wins over a block: the run can be retried, and what is blocked then waits again.
    private func verdict() -> (DagInstanceStatus, String) {
        if let number = tasks.firstIndex(where: { $0.status == .failed }) {
            return (.failed, "task '\(graph.ids[number])' failed" + (refused[number].map { ": its result cannot be stored: \($0)" } ?? ""))
        }
        if let number = tasks.firstIndex(where: { $0.status == .canceled }) {
            return (.canceled, "task '\(graph.ids[number])' was canceled")
        }
        if let number = tasks.firstIndex(where: { $0.status == .blocked }) { return (.blocked, "task '\(graph.ids[number])' is blocked") }
        return (.success, "")
    }
}

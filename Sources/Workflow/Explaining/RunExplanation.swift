/// What a run waits for, and each of its tasks that is not over.
public struct RunExplanation: Sendable {
    /// What the run as a whole waits for; empty where it is over.
    public private(set) var run: [WaitReason] = []
    /// Tasks that are not over, in the order of the definition, `onExit` last; items of a fan-out behind their task.
    public private(set) var tasks: [Task] = []

    public struct Task: Hashable, Sendable {
        public var id: String
        public var status: TaskInstanceStatus
        /// 0 where it has not started.
        public var attempt: Int
        public var reasons: [WaitReason]
    }

    private let instance: DagInstance
    private let picture: RunPicture
    private let documents: [String: TaskInstance]

    public init(_ picture: RunPicture) {
        self.picture = picture
        instance = picture.instance
        documents = Dictionary(picture.documents.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
        run = runReasons()
        guard let dag = picture.dag else { return }
        var (isOver, reasons) = explain(dag.tasks, dag, isAtExit: false)
        tasks = reasons
        guard let exit = dag.onExit, !exit.isEmpty else { return }
        isOver = isOver || instance.control?.cancel != nil
        tasks += explain(exit, dag, isAtExit: true, othersAreOver: isOver).tasks
    }

    // MARK: The run

    private func runReasons() -> [WaitReason] {
        guard picture.dag != nil else { return instance.status.isFinal ? [] : [.noDefinition] }
        var reasons = picture.commands.prefix(10).map { WaitReason.waitingForCommand($0.command.kind, by: $0.command.author.by) }
        if instance.status.isFinal { return reasons }
        if let cancel = instance.control?.cancel { reasons.append(.canceling(by: cancel.by, reason: cancel.reason)) }
        if instance.control?.isPaused == true { reasons.append(.runPaused) }
        return reasons + statusReasons()
    }

    private func statusReasons() -> [WaitReason] {
        let worker = instance.worker ?? "-"
        switch instance.status {
        case .`init`: return [dispatchReason()] + (instance.startedAt == nil ? instance.wakeAt.map { [.startLimit($0)] } ?? [] : [])
        case .scheduled where !isTaken: return [picture.ownerIsAlive ? .assigned(worker: worker) : .nodeLost(worker: worker)]
        case .scheduled, .running:
            return [picture.ownerIsAlive ? .underWay(worker: worker, since: instance.startedAt) : .nodeLost(worker: worker)]
        case .blocked: return [.blocked(tasks: blockedTasks)]
        case .parked: return instance.wakeAt.map { [.parkedUntil($0)] } ?? []
        case .success, .failed, .canceled: return []
        }
    }

    /// Whether its node is at work on it. That the run is under way is written down after a second; the node's own documents tell before.
    private var isTaken: Bool {
        instance.status == .scheduled
            && documents.values.contains { $0.version.epoch == instance.version.epoch && $0.worker == instance.worker }
    }

    /// Why a run that nobody owns is not given out. What keeps new runs of the DAG back does not concern one that has started.
    private func dispatchReason() -> WaitReason {
        guard let dag = picture.dag else { return .noDefinition }
        if instance.startedAt == nil {
            if picture.isDagPaused { return .dagPaused(dag.id) }
            if let limit = dag.maxConcurrentRuns, let count = picture.runsUnderWay, count >= limit { return .runLimit(limit) }
        }
        if let shortage = dag.requirements.shortage(among: picture.nodes) { return .noNode(shortage) }
        return picture.hasLeader ? .dispatch : .noLeader
    }

    private var blockedTasks: [String] {
        documents.values.filter { status(of: $0.taskId) == .blocked }.map(\.taskId).sorted()
    }

    // MARK: Tasks

    /// What a task is, with the commands that stand taken into account.
    private func status(of id: String) -> TaskInstanceStatus {
        let document = documents[id]
        switch instance.control?.standingMark(of: id, attempt: document?.attempt ?? 0)?.act {
        case .reset: return .`init`
        case .continued where document?.status == .blocked: return .`continue`
        case .rejected where document?.status == .blocked: return .failed
        case .canceled where document.map({ $0.status.isFinal || isUnderWay($0.status) }) != true: return .canceled
        case .continued, .rejected, .canceled, nil: return document?.status ?? .`init`
        }
    }

    private func isUnderWay(_ status: TaskInstanceStatus) -> Bool { status == .running || status == .ending || status == .queued }

    private func explain(_ tasks: [Dag.Task], _ dag: Dag, isAtExit: Bool, othersAreOver: Bool = true) -> (isOver: Bool, tasks: [Task]) {
        guard let graph = try? TaskGraph(tasks) else { return (true, []) }
        let outlook = TaskOutlook(tasks, graph: graph, status: status)
        let items = Dictionary(grouping: documents.values.filter { Self.group(of: $0.taskId) != nil }) { Self.group(of: $0.taskId) ?? "" }
        var (isOver, explained) = (true, [Task]())
        for (number, task) in tasks.enumerated() {
            let status = status(of: task.id)
            guard !status.isFinal else { continue }
            if case .failed = outlook.fates[number] {} else { isOver = false }
            let own = items[task.id, default: []]
            let reasons = isAtExit && !othersAreOver ? [.others] : reasons(task, number, dag, outlook, status, own)
            explained.append(Task(id: task.id, status: status, attempt: documents[task.id]?.attempt ?? 0, reasons: reasons))
            explained += unfinished(own, task, dag)
        }
        return (isOver, explained)
    }

    private func reasons(
        _ task: Dag.Task, _ number: Int, _ dag: Dag, _ outlook: TaskOutlook, _ status: TaskInstanceStatus, _ items: [TaskInstance]
    ) -> [WaitReason] {
        if let document = documents[task.id], instance.runsAgain(document), !instance.status.isOwned {
            return [.runAgain(by: instance.standingMark(of: document)?.author.by ?? "-")]
        }
        switch status {
        case .`init`, .`continue`: return notStarted(task, number, dag, outlook)
        case .success, .failed, .canceled, .skipped: return []
        case .queued, .running, .ending, .retrying, .parked, .blocked:
            guard items.isEmpty else {
                return [.items(done: items.count { self.status(of: $0.taskId).isFinal }, of: documents[task.id]?.itemCount)]
            }
            return documents[task.id].map { started($0, task, dag, status) } ?? []
        }
    }

    private func notStarted(_ task: Dag.Task, _ number: Int, _ dag: Dag, _ outlook: TaskOutlook) -> [WaitReason] {
        switch outlook.fates[number] {
        case .failed(let cause): return [.unreachable(because: cause)]
        case _ where instance.status.isFinal: return [.runOver(instance.status)]
        case .open: return [.parents(outlook.openParents(of: number))]
        case .ready, .success, .skipped: break
        }
        if instance.control?.isPaused == true { return [.runPaused] }
        guard instance.status == .running || isTaken, picture.ownerIsAlive else { return [.run] }
        return room(for: task, dag) ?? [.ready]
    }

    /// What a task that may start lacks; `nil` where nothing is known to be missing.
    private func room(for task: Dag.Task, _ dag: Dag) -> [WaitReason]? {
        if let name = task.pool {
            guard let pool = picture.pools[name] else { return [.noPool(name)] }
            if pool.used >= pool.slots { return [.poolFull(name, slots: pool.slots)] }
        }
        guard task.isPlaced else { return nil }
        return dag.requirements(of: task).shortage(among: picture.nodes).map { [.noNode($0)] }
    }

    private func started(_ document: TaskInstance, _ task: Dag.Task, _ dag: Dag, _ status: TaskInstanceStatus) -> [WaitReason] {
        switch status {
        case .queued: room(for: task, dag) ?? [.noPlace(worker: document.worker)]
        case .running, .ending: underWay(document)
        case .retrying: document.wakeAt.map { [.retryAt($0, reason: document.reason)] } ?? [.ready]
        case .parked: parked(document, task, dag)
        case .blocked: [Self.decision(document)]
        case .`init`, .`continue`, .success, .failed, .canceled, .skipped: []
        }
    }

    private func underWay(_ document: TaskInstance) -> [WaitReason] {
        guard instance.status.isOwned else { return [.run] }
        return [
            picture.ownerIsAlive
                ? .underWay(worker: document.worker, since: document.startedAt) : .nodeLost(worker: instance.worker ?? document.worker)
        ]
    }

    private func parked(_ document: TaskInstance, _ task: Dag.Task, _ dag: Dag) -> [WaitReason] {
        var reasons: [WaitReason] = []
        if let id = document.history?.childRun {
            let child = picture.children[id]
            reasons.append(.childRun(id, status: child?.status))
            if child?.status == .`init`, child?.origin?.kind == .task,
                let missing = dag.requirements(of: task).shortage(among: picture.nodes)
            {
                reasons.append(.noNode(missing))
            }
        }
        if let date = document.wakeAt { reasons.append(.parkedUntil(date)) }
        return reasons.isEmpty ? [.run] : reasons
    }

    /// A check that blocks says so in the task's reason; whatever else blocks is an action that asks.
    private static func decision(_ document: TaskInstance) -> WaitReason {
        let parts = document.reason.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, parts[0] == "preCheck " { return .preCheckBlock(String(parts[1])) }
        return .approval(document.reason, until: document.wakeAt)
    }

    // MARK: Fan-out

    private func unfinished(_ items: [TaskInstance], _ task: Dag.Task, _ dag: Dag) -> [Task] {
        items.sorted { Self.index(of: $0.taskId) < Self.index(of: $1.taskId) }.compactMap { item in
            let status = status(of: item.taskId)
            guard !status.isFinal else { return nil }
            return Task(id: item.taskId, status: status, attempt: item.attempt, reasons: itemReasons(item, task, dag, status))
        }
    }

    private func itemReasons(_ item: TaskInstance, _ task: Dag.Task, _ dag: Dag, _ status: TaskInstanceStatus) -> [WaitReason] {
        if status == .`init` || status == .`continue` {
            if instance.status.isFinal { return [.runOver(instance.status)] }
            return instance.status == .running ? room(for: task, dag) ?? [.ready] : [.run]
        }
        return started(item, task, dag, status)
    }

    private static func group(of id: String) -> String? { ForEach.group(of: id)?.task }
    private static func index(of id: String) -> Int { ForEach.group(of: id)?.index ?? 0 }
}

/// What a command does to a run, or why it does not apply: the same for a run's owner and for the leader.
public enum CommandPlan: Hashable, Sendable {
    /// It changes this.
    case apply(Change, result: String)
    /// What it asks for is so already.
    case nothingToDo(String)
    case refuse(String)

    /// What changes.
    public struct Change: Hashable, Sendable {
        /// New marks by task id.
        public var marks: [String: TaskMark] = [:]
        public var isPaused: Bool?
        public var cancel: Author?
        /// Whether the tasks at the end are not to run either.
        public var endsNow = false
        /// Whether an earlier wish to end the run (canceled, or failed for a time limit) is void.
        public var revives = false
        /// Tasks that look again at what they wait for.
        public var wakes: [String] = []
    }

    /// A run as far as commands look at it.
    public struct Run {
        public var status: DagInstanceStatus
        public var control: RunControl
        /// Ids of the DAG's tasks.
        public var graph: TaskGraph
        /// Tasks that have a document, or are under way, items of fan-outs included: status and attempt.
        public var tasks: [String: Task]
        /// Ids of the tasks that run at the end.
        public var exitTasks: Set<String>
        /// Whether the tasks at the end are what is under way.
        public var isAtExit: Bool

        public init(
            status: DagInstanceStatus, control: RunControl?, graph: TaskGraph, tasks: [String: Task], exitTasks: Set<String> = [],
            isAtExit: Bool = false
        ) {
            self.status = status
            self.control = control ?? RunControl()
            self.graph = graph
            self.tasks = tasks
            self.exitTasks = exitTasks
            self.isAtExit = isAtExit
        }

        public struct Task: Hashable, Sendable {
            public var status: TaskInstanceStatus
            public var attempt: Int

            public init(_ status: TaskInstanceStatus, attempt: Int) {
                self.status = status
                self.attempt = attempt
            }
        }
    }

    public init(_ command: Command, on run: Run) {
        if let unknown = command.tasks.first(where: { !run.knows($0) }) {
            self = .refuse("the run has no task '\(unknown)'" + NearestName.hint(for: unknown, among: run.graph.ids))
            return
        }
        switch command.kind {
        case .retry: self = Self.retry(command, run)
        case .rerun: self = Self.rerun(command, run)
        case .cancel: self = Self.cancel(command, run)
        case .continue: self = Self.decide(command, run, .continued)
        case .reject: self = Self.decide(command, run, .rejected)
        case .pause, .resume: self = Self.pause(command, run)
        case .wake: self = Self.wake(command, run)
        }
    }

    // MARK: Kinds

    private static func retry(_ command: Command, _ run: Run) -> CommandPlan {
        let isAll = command.tasks.isEmpty
        if let wrong = command.tasks.first(where: { !run.isRetryable($0) }) {
            return .refuse("only failed and canceled tasks can be retried; '\(wrong)' is \(run.status(of: wrong).rawValue)")
        }
        if let wrong = command.tasks.first(where: run.isGivenUp) {
            return .refuse("the other items of '\(wrong)' are being canceled; retry it when they have ended")
        }
        if let busy = run.busyAtExit { return .refuse("the onExit task '\(busy)' is under way; retry when the run is over") }
        let chosen = isAll ? run.tasks.keys.filter { run.isRetryable($0) && !run.isGivenUp($0) }.sorted() : command.tasks
        // One that was ended without a failed task, by a limit say, can be retried too; its present owner finds it running.
        let hasEnded = run.status == .failed || run.status == .canceled || run.control.cancel != nil || run.control.failure != nil
        if isAll, chosen.isEmpty, !hasEnded {
            return .refuse("no task has failed or was canceled (the run is \(run.status.rawValue)); to run tasks again use rerun")
        }
        var change = Change(revives: true)
        var reset = Set(chosen)
        // An item that runs again takes its group with it, and a group its items that failed.
        for id in chosen {
            guard let group = run.group(of: id) else {
                reset.formUnion(run.items(of: id).filter(run.isRetryable))
                continue
            }
            if !run.isUnderWay(group) { reset.formUnion([group] + run.brothers(of: group)) }
        }
        for id in run.descendants(of: reset) where run.tasks[id]?.status == .skipped { reset.insert(id) }
        reset.formUnion(run.exitTasks.union(run.exitTasks.flatMap(run.items)))
        change.marks = run.marks(.reset, reset, command.author)
        return .apply(change, result: "\(chosen.count) \(chosen.count == 1 ? "task runs" : "tasks run") again")
    }

    private static func rerun(_ command: Command, _ run: Run) -> CommandPlan {
        guard !command.tasks.isEmpty else { return .refuse("name the tasks from which on the run is to run again") }
        if let wrong = command.tasks.first(where: { !run.status(of: $0).isFinal }) {
            return .refuse("only finished tasks can be run again; '\(wrong)' is \(run.status(of: wrong).rawValue)")
        }
        if let busy = run.busyAtExit { return .refuse("the onExit task '\(busy)' is under way; run it again when the run is over") }
        var reset = Set(command.tasks)
        for id in command.tasks {
            if let group = run.group(of: id) { reset.formUnion([group] + run.brothers(of: group)) }
        }
        reset.formUnion(run.descendants(of: reset))
        if let busy = reset.sorted().first(where: { run.isUnderWay($0) }) {
            return .refuse("'\(busy)' follows from it and is \(run.status(of: busy).rawValue); cancel it first, or wait")
        }
        for id in reset where run.group(of: id) == nil && !command.tasks.contains(where: { run.group(of: $0) == id }) {
            reset.formUnion(run.items(of: id))
        }
        reset.formUnion(run.exitTasks.union(run.exitTasks.flatMap(run.items)))
        var change = Change(revives: true)
        change.marks = run.marks(.reset, reset, command.author)
        return .apply(change, result: "\(change.marks.count) \(change.marks.count == 1 ? "task runs" : "tasks run") again")
    }

    private static func cancel(_ command: Command, _ run: Run) -> CommandPlan {
        if run.status.isFinal { return .refuse("the run is over: \(run.status.rawValue)") }
        guard !command.tasks.isEmpty else {
            let endsNow = run.control.cancel != nil || run.isAtExit
            return .apply(
                Change(cancel: command.author, endsNow: endsNow),
                result: endsNow ? "the run is canceled, its onExit tasks too" : "the run is canceled")
        }
        if let wrong = command.tasks.first(where: { run.status(of: $0).isFinal }) {
            return .refuse("the task '\(wrong)' is over: \(run.status(of: wrong).rawValue)")
        }
        var change = Change()
        change.marks = run.allMarks(.canceled, command.tasks, command.author)
        return .apply(change, result: "\(command.tasks.count) \(command.tasks.count == 1 ? "task is" : "tasks are") canceled")
    }

    private static func decide(_ command: Command, _ run: Run, _ act: TaskMark.Act) -> CommandPlan {
        if let wrong = command.tasks.first(where: { run.status(of: $0) != .blocked }) {
            return .refuse("the task '\(wrong)' is not blocked, it is \(run.status(of: wrong).rawValue)")
        }
        let chosen = command.tasks.isEmpty ? run.tasks.filter { $0.value.status == .blocked }.map(\.key).sorted() : command.tasks
        guard !chosen.isEmpty else { return .refuse("no task is blocked (the run is \(run.status.rawValue))") }
        var change = Change()
        change.marks = run.allMarks(act, chosen, command.author)
        return .apply(
            change,
            result: "\(chosen.count) \(chosen.count == 1 ? "task" : "tasks") \(act == .continued ? "continued" : "rejected")")
    }

    private static func pause(_ command: Command, _ run: Run) -> CommandPlan {
        let wanted = command.kind == .pause
        guard command.tasks.isEmpty else { return .refuse("a run is paused as a whole, not task by task") }
        if run.status.isFinal { return .refuse("the run is over: \(run.status.rawValue)") }
        if run.control.isPaused == wanted { return .nothingToDo(wanted ? "it is paused already" : "it is not paused") }
        return .apply(Change(isPaused: wanted), result: wanted ? "paused: what runs may end, nothing new starts" : "resumed")
    }

    private static func wake(_ command: Command, _ run: Run) -> CommandPlan {
        // Its tasks may still say that they wait: the run was given up.
        if run.status.isFinal { return .nothingToDo("the run is over: \(run.status.rawValue)") }
        let waiting = command.tasks.filter { run.status(of: $0) == .parked }
        guard !waiting.isEmpty else { return .nothingToDo("no task waits for it") }
        return .apply(Change(wakes: waiting), result: "woken")
    }
}

extension CommandPlan.Run {
    func status(of id: String) -> TaskInstanceStatus { tasks[id]?.status ?? .`init` }

    func knows(_ id: String) -> Bool { graph.number(of: id) != nil || tasks[id] != nil }

    func isRetryable(_ id: String) -> Bool { status(of: id) == .failed || status(of: id) == .canceled }

    func isUnderWay(_ id: String) -> Bool {
        switch status(of: id) {
        case .queued, .running, .ending: true
        case .`init`, .retrying, .parked, .success, .failed, .canceled, .skipped, .blocked, .`continue`: false
        }
    }

    /// A task of `onExit` that is under way.
    var busyAtExit: String? { exitTasks.sorted().first(where: isUnderWay) }

    /// What runs again with an item of a fan-out: where one failure ends all of them, those that failed or were canceled.
    func brothers(of group: String) -> [String] { isFailFast(group) ? items(of: group).filter(isRetryable) : [] }

    private func isFailFast(_ group: String) -> Bool {
        graph.number(of: group).map { (graph.tasks[$0].forEach?.onFailure ?? .failFast) == .failFast } ?? false
    }

    /// Whether a task is an item of a fan-out that ends because one of its items has failed.
    func isGivenUp(_ id: String) -> Bool {
        group(of: id).map { isUnderWay($0) && isFailFast($0) } ?? false
    }

    /// The fan-out that a task is an item of.
    func group(of id: String) -> String? {
        guard graph.number(of: id) == nil, id.hasSuffix("]"), let open = id.lastIndex(of: "[") else { return nil }
        let group = String(id[..<open])
        return graph.number(of: group) == nil ? nil : group
    }

    /// The items of a fan-out that have documents.
    func items(of id: String) -> [String] { tasks.keys.filter { group(of: $0) == id }.sorted() }

    /// All tasks that depend on some, directly or not, themselves left out.
    func descendants(of ids: Set<String>) -> Set<String> {
        var found: Set<Int> = []
        var open = ids.compactMap(graph.number(of:))
        while let number = open.popLast() {
            for child in graph.children(of: number) where found.insert(child).inserted { open.append(child) }
        }
        return Set(found.map { graph.ids[$0] }).subtracting(ids)
    }

    /// Marks for those that have a document.
    func marks(_ act: TaskMark.Act, _ ids: Set<String>, _ author: Author) -> [String: TaskMark] {
        allMarks(act, ids.filter { tasks[$0] != nil }.sorted(), author)
    }

    func allMarks(_ act: TaskMark.Act, _ ids: [String], _ author: Author) -> [String: TaskMark] {
        Dictionary(
            ids.map { ($0, TaskMark(attempt: tasks[$0]?.attempt ?? 0, act: act, author: author)) }, uniquingKeysWith: { first, _ in first })
    }
}

extension RunControl {
    /// This after a change.
    public mutating func take(_ change: CommandPlan.Change, of command: Command) {
        marks.merge(change.marks) { _, new in new }
        // A retry starts with fresh counts.
        for (id, mark) in change.marks where mark.act == .reset { lost[id] = nil }
        if let isPaused = change.isPaused { self.isPaused = isPaused }
        if change.revives { (cancel, failure, endsNow, revivedAt) = (nil, nil, false, command.author.at) }
        // What is paused must be able to end.
        if let cancel = change.cancel { (self.cancel, isPaused) = (cancel, false) }
        endsNow = endsNow || change.endsNow
        applied.append(command.id)
        if applied.count > Self.appliedLimit { applied.removeFirst(applied.count - Self.appliedLimit) }
    }
}

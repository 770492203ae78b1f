/// The definition of a workflow: tasks, what each depends on, and the variables that a run may set.
public struct Dag: Codable, Hashable, Sendable {
    /// Unique name of the definition; also the key under which runs refer to it.
    public var id: String
    /// A title for people; empty where none was given.
    public var name: String
    /// What the workflow is for.
    public var desc: String
    /// A cron expression. It is kept with the definition; no component starts runs by it yet.
    public var cron: String?
    /// Variables by name, with their defaults.
    public var vars: [String: Var]
    /// Whether new runs may be submitted.
    public var status: Status
    /// The tasks in written order.
    public var tasks: [Task]
    /// Tasks that run at the end of every run, however it ended: clean-up and notification. `nil` means none.
    public var onExit: [Task]?
    /// What tasks do about failed attempts that say nothing themselves.
    public var retry: RetryPolicy?
    /// The longest time from the first start of a run to its end, in seconds; `nil` is without limit.
    public var timeoutSecs: Int?
    /// The longest time that a run may wait for its first start, in seconds; `nil` is without limit.
    public var startTimeoutSecs: Int?
    /// Labels that a node must have to own a run.
    public var worker: [String: String]?
    /// Runs of higher priority are given out first; `nil` means 0.
    public var priority: Int?
    /// How many runs may be under way at once; `nil` is without limit.
    public var maxConcurrentRuns: Int?
    /// What becomes of a run for which there is no room by `maxConcurrentRuns`; `nil` means `wait` where that is given, else `allow`.
    public var overlap: Overlap?
    /// How many runs may wait for their start; a submission beyond is refused. `nil` is without limit.
    public var maxWaitingRuns: Int?

    public init(
        id: String, name: String = "", desc: String = "", cron: String? = nil, vars: [String: Var] = [:],
        status: Status = .normal, tasks: [Task] = [], onExit: [Task]? = nil, retry: RetryPolicy? = nil
    ) {
        self.id = id
        self.name = name
        self.desc = desc
        self.cron = cron
        self.vars = vars
        self.status = status
        self.tasks = tasks
        self.onExit = onExit
        self.retry = retry
    }

    /// The tasks, then those that run at the end.
    public var allTasks: [Task] { onExit.map { tasks + $0 } ?? tasks }

    /// The definition of a run that is one attempt of one task: `nil` if there is no such task.
    public func scoped(to origin: RunOrigin) -> Dag? {
        let name = ForEach.item(origin.task)?.task ?? origin.task
        guard var task = allTasks.first(where: { $0.id == origin.task }) ?? allTasks.first(where: { $0.id == name }) else { return nil }
        task.id = origin.task
        task.dependOn = []
        task.params = origin.params ?? [:]
        task.preChecks = []
        (task.when, task.trigger, task.forEach, task.retry, task.totalTimeoutSecs, task.startTimeoutSecs) = (nil, nil, nil, nil, nil, nil)
        var scoped = Dag(id: id, name: name, vars: vars, tasks: [task])
        scoped.worker = worker
        return scoped
    }

    /// What becomes of a run while others of its DAG are under way.
    public enum Overlap: String, Codable, Sendable, CaseIterable {
        /// They run beside each other.
        case allow
        /// It waits until there is room.
        case wait
        /// It ends at once as canceled, with the reason.
        case skip
        /// The others are canceled, and it starts when they have ended.
        case cancelOther
    }

    /// Whether new runs may be submitted.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case normal
        case stopped
    }

    /// A variable that a run may set.
    public struct Var: Codable, Hashable, Sendable {
        /// What the variable means.
        public var desc: String
        /// Its value where the submitter gives none; `nil` makes the variable required.
        public var defaultValue: String?
        /// What its text must be; `nil` takes any text.
        public var type: VarType?
        /// Whether each run must give it although it has a default value, or may leave it out although it has none; `nil` means that it must be given exactly where there is no default.
        public var required: Bool?
        /// A regular expression that the whole text must match.
        public var pattern: String?
        /// What an `enum` may be.
        public var values: [String]?

        public init(
            desc: String = "", defaultValue: String? = nil, type: VarType? = nil, required: Bool? = nil, pattern: String? = nil,
            values: [String]? = nil
        ) {
            self.desc = desc
            self.defaultValue = defaultValue
            self.type = type
            self.required = required
            self.pattern = pattern
            self.values = values
        }
    }

    /// What the text of a variable must be.
    public enum VarType: String, Codable, Sendable, CaseIterable {
        case string
        case int
        case number
        case bool
        /// `90s`, `5m`, `1h30m`, `250ms`, or a number of seconds.
        case duration
        /// A JSON list; a template that is this variable alone becomes the list.
        case list
        /// One of `values`.
        case `enum`
    }

    /// One step of a workflow: an action, its parameters and what must have succeeded before.
    public struct Task: Codable, Hashable, Sendable {
        /// Unique within the definition.
        public var id: String
        /// A title for people; empty where none was given.
        public var name: String
        /// The registered action that carries the task out.
        public var actionName: String
        /// Ids of the tasks that must have succeeded (or have been skipped) before this one starts.
        public var dependOn: [String]
        /// The longest time that one attempt may take, in seconds; `nil` is without limit.
        public var timeoutSecs: Int?
        /// What becomes of the task when its worker is lost while it runs; `nil` means `rerun`.
        public var onWorkerLost: WorkerLoss?
        /// Parameters of the action, templates not yet rendered.
        public var params: [String: Value]
        /// Conditions checked when the task is about to start, in written order; the first that holds decides.
        public var preChecks: [PreCheck]
        /// Conditions that must all hold, or the task is skipped; looked at after `preChecks`.
        public var when: [PreCheck.Condition]?
        /// When the task may start, by what became of those it depends on; `nil` is fastflow's rule (docs/workflow-semantics.md).
        public var trigger: TriggerRule?
        /// What to do about failed attempts; `nil` means the DAG's.
        public var retry: RetryPolicy?
        /// The longest time from the start of the first attempt to the end of the last, in seconds.
        public var totalTimeoutSecs: Int?
        /// The longest time that the task, once it may start, may wait for its start (a place, a pool, a node), in seconds.
        public var startTimeoutSecs: Int?
        /// How many attempts may be lost with their workers before the task has failed; `nil` means 5.
        public var maxLostAttempts: Int?
        /// Runs the task once for each item of a list.
        public var forEach: ForEach?
        /// Labels that the node must have which runs the task.
        public var worker: [String: String]?
        /// Whether the task goes to the least loaded node that can run it instead of staying with its run.
        public var spread: Bool?
        /// The pool of which an attempt needs a slot.
        public var pool: String?

        public init(
            id: String, name: String = "", actionName: String, dependOn: [String] = [], timeoutSecs: Int? = nil,
            onWorkerLost: WorkerLoss? = nil,
            params: [String: Value] = [:], preChecks: [PreCheck] = []
        ) {
            self.id = id
            self.name = name
            self.actionName = actionName
            self.dependOn = dependOn
            self.timeoutSecs = timeoutSecs
            self.onWorkerLost = onWorkerLost
            self.params = params
            self.preChecks = preChecks
        }
    }

    /// What becomes of a task whose worker is lost while it runs.
    public enum WorkerLoss: String, Codable, Hashable, Sendable, CaseIterable {
        /// It runs again, as the next attempt: at least once.
        case rerun
        /// It has failed: at most once. The attempt is written down, durable, before the action begins.
        case fail
    }
}

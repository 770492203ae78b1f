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

    public init(
        id: String, name: String = "", desc: String = "", cron: String? = nil, vars: [String: Var] = [:],
        status: Status = .normal, tasks: [Task] = []
    ) {
        self.id = id
        self.name = name
        self.desc = desc
        self.cron = cron
        self.vars = vars
        self.status = status
        self.tasks = tasks
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

        public init(desc: String = "", defaultValue: String? = nil) {
            self.desc = desc
            self.defaultValue = defaultValue
        }
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

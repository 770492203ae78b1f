/// What must be known of a run, and of the cluster around it, to say what it waits for.
public struct RunPicture: Sendable {
    public var instance: DagInstance
    /// `nil` if the definition's version is not in the store.
    public var dag: Dag?
    /// The task documents that count, items of fan-outs included.
    public var documents: [TaskInstance]
    /// Nodes that are alive.
    public var nodes: [LiveNode]
    /// Whether the session that owns the run is alive.
    public var ownerIsAlive: Bool
    public var hasLeader: Bool
    /// Commands to the run that are not settled, oldest first.
    public var commands: [CommandRecord]
    /// Whether somebody has paused the DAG.
    public var isDagPaused: Bool
    /// How many runs of the DAG are under way; `nil` where nobody has counted.
    public var runsUnderWay: Int?
    /// Pools by name.
    public var pools: [String: Pool]
    /// Runs that tasks of this one wait for, by id.
    public var children: [String: DagInstance]

    /// A pool, and how much of it is taken.
    public struct Pool: Hashable, Sendable {
        public var slots: Int
        public var used: Int

        public init(slots: Int, used: Int) {
            self.slots = slots
            self.used = used
        }
    }

    public init(
        instance: DagInstance, dag: Dag?, documents: [TaskInstance] = [], nodes: [LiveNode] = [], ownerIsAlive: Bool = true,
        hasLeader: Bool = true, commands: [CommandRecord] = [], isDagPaused: Bool = false, runsUnderWay: Int? = nil,
        pools: [String: Pool] = [:], children: [String: DagInstance] = [:]
    ) {
        self.instance = instance
        self.dag = dag
        self.documents = documents
        self.nodes = nodes
        self.ownerIsAlive = ownerIsAlive
        self.hasLeader = hasLeader
        self.commands = commands
        self.isDagPaused = isDagPaused
        self.runsUnderWay = runsUnderWay
        self.pools = pools
        self.children = children
    }
}

extension RunControl {
    /// What a command did to a task, if no later attempt has superseded it.
    public func standingMark(of task: String, attempt: Int) -> TaskMark? {
        marks[task].flatMap { $0.attempt >= attempt ? $0 : nil }
    }
}

extension DagInstance {
    /// The mark that stands for a task as it is in the store.
    public func standingMark(of task: TaskInstance) -> TaskMark? { control?.standingMark(of: task.taskId, attempt: task.attempt) }

    /// Whether the end that a task has counts no more: it runs again when the run has an owner.
    public func runsAgain(_ task: TaskInstance) -> Bool { task.attempt > 0 && standingMark(of: task)?.act == .reset }
}

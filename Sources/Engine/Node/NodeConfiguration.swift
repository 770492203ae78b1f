public import Workflow

/// How a node behaves.
public struct NodeConfiguration: Sendable, Hashable {
    /// The node's name, unique in the cluster.
    public var key: String
    /// Directory of definition files that the node keeps current while it leads; `nil` for none.
    public var dagDirectory: String?
    /// How long a node may be silent before it counts as dead. At least 300 ms; default 5 s.
    public var leaseTTL: Duration
    /// How many instances the node owns at once; default 1,000.
    public var capacity: Int
    /// How many tasks it runs at once; default 256.
    public var concurrentTasks: Int
    /// How many threads it has for work that blocks; default 16.
    public var blockingThreads: Int
    /// How long running tasks may take to end when the node is told to stop; default 20 s.
    public var gracePeriod: Duration
    /// How often a worker looks for assigned runs, and the leader for runs to dispatch, without a hint; default 15 s, with jitter.
    public var pollInterval: Duration
    /// How many times in a row a run's worker may be lost without a finished task before the run fails; default 5.
    public var adoptionLimit: Int
    /// What DAGs and tasks can ask for (`worker:`); default none.
    public var labels: [String: String] = [:]
    /// How many tasks of single actions the node runs at once, by the action's name; default no limit but `concurrentTasks`.
    public var actionLimits: [String: Int] = [:]
    /// Whether a DAG whose file is removed from `dagDirectory` is stopped.
    public var stopsRemovedDags = true
    /// How often the leader looks at `dagDirectory`; `nil` for a sixth of the lease, between 100 ms and 1 s.
    public var dagWatchInterval: Duration?
    /// How large the definitions of `dagDirectory` may be.
    public var dagLimits = DagLimits()

    public init(
        key: String, dagDirectory: String? = nil, leaseTTL: Duration = .seconds(5), capacity: Int = 1_000, concurrentTasks: Int = 256,
        blockingThreads: Int = 16, gracePeriod: Duration = .seconds(20), pollInterval: Duration = .seconds(15), adoptionLimit: Int = 5
    ) {
        self.key = key
        self.dagDirectory = dagDirectory
        self.leaseTTL = leaseTTL
        self.capacity = capacity
        self.concurrentTasks = concurrentTasks
        self.blockingThreads = blockingThreads
        self.gracePeriod = gracePeriod
        self.pollInterval = pollInterval
        self.adoptionLimit = adoptionLimit
    }

    /// For how long the leader takes what it knows of the nodes for recent, how often it looks again where runs wait for room: a sixth of the lease, between 100 ms and 1 s.
    var watchInterval: Duration { min(max(leaseTTL / 6, .milliseconds(100)), .seconds(1)) }

    /// How often the leader reads all that is owned though nothing seems to have changed: six leases, with jitter.
    var auditInterval: Duration { leaseTTL * 6 }

    /// A run in which nothing but waits is left for longer than this is parked, in seconds: two polls, so that the leader knows of it before its time comes.
    var parkAfter: Double {
        let interval = pollInterval.components
        return 2 * (Double(interval.seconds) + Double(interval.attoseconds) / 1e18)
    }

    /// What is wrong with the values, if anything.
    public func validate() throws(NodeError) {
        guard !key.isEmpty, key.utf8.count <= 200, !key.contains(where: { $0 == "/" || $0.isNewline || $0.isWhitespace }) else {
            throw NodeError("the node key '\(key)' must have 1 to 200 characters, without blanks and slashes")
        }
        guard leaseTTL >= .milliseconds(300) else { throw NodeError("lease.ttl is \(leaseTTL), it must be at least 300 ms") }
        guard (1...100_000).contains(capacity) else { throw NodeError("capacity is \(capacity), it must be from 1 to 100000") }
        guard (1...100_000).contains(concurrentTasks) else {
            throw NodeError("concurrent-tasks is \(concurrentTasks), it must be from 1 to 100000")
        }
        guard (1...1_024).contains(blockingThreads) else {
            throw NodeError("blocking-threads is \(blockingThreads), it must be from 1 to 1024")
        }
        guard pollInterval >= .milliseconds(10) else { throw NodeError("poll.interval is \(pollInterval), it must be at least 10 ms") }
        guard DagLimits.taskRange.contains(dagLimits.maxTasks) else {
            throw NodeError("\(DagLimits.tasksSetting) is \(dagLimits.maxTasks), it must be from 1 to \(DagLimits.taskRange.upperBound)")
        }
        guard DagLimits.byteRange.contains(dagLimits.maxFileBytes) else {
            throw NodeError(
                "\(DagLimits.bytesSetting) is \(dagLimits.maxFileBytes), it must be from \(DagLimits.byteRange.lowerBound) to \(DagLimits.byteRange.upperBound)"
            )
        }
        for (action, limit) in actionLimits where !(1...100_000).contains(limit) {
            throw NodeError("action-limit of '\(action)' is \(limit), it must be from 1 to 100000")
        }
        for (label, value) in labels where label.isEmpty || value.isEmpty || label.utf8.count + value.utf8.count > 400 {
            throw NodeError("the label '\(label)=\(value)' must have a name and a value, 400 bytes together at most")
        }
        if let dagWatchInterval, dagWatchInterval < .milliseconds(10) {
            throw NodeError("the directory of definitions is looked at every \(dagWatchInterval), it must be at least 10 ms")
        }
        guard gracePeriod >= .zero else { throw NodeError("grace-period is \(gracePeriod), it must not be negative") }
    }
}

/// Why a node cannot start or go on.
public struct NodeError: Error, Sendable, CustomStringConvertible {
    public var description: String
    /// Whether another process lives under the node's key.
    public var isKeyTaken: Bool

    public init(_ description: String, isKeyTaken: Bool = false) {
        self.description = description
        self.isKeyTaken = isKeyTaken
    }
}

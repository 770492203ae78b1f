/// How large a definition may be. Beyond a limit is an error that names it.
///
/// The defaults take a DAG of 100,000 tasks with ten dependencies each. Nodes and the commander take others from their settings (`tasksSetting`, `bytesSetting`).
public struct DagLimits: Hashable, Sendable {
    /// Tasks of one DAG.
    public var maxTasks: Int
    /// Bytes of a file.
    public var maxFileBytes: Int
    /// YAML values in a file, each counted as often as aliases repeat it.
    public var maxNodes: Int
    /// Levels of lists and objects inside each other.
    public var maxNesting: Int
    /// Problems that are reported for one file; more are counted.
    public var maxProblems: Int
    /// Items of one `forEach` whose list is written out.
    public var maxItems: Int

    /// - Parameter maxNodes: `nil` for one for every 16 bytes of the largest file: what stands there without aliases has fewer.
    public init(
        maxTasks: Int = 100_000, maxFileBytes: Int = 64 << 20, maxNodes: Int? = nil, maxNesting: Int = 64, maxProblems: Int = 100,
        maxItems: Int = ForEach.defaultMaxItems
    ) {
        self.maxTasks = maxTasks
        self.maxFileBytes = maxFileBytes
        self.maxNodes = maxNodes ?? max(1_000_000, maxFileBytes / 16)
        self.maxNesting = maxNesting
        self.maxProblems = maxProblems
        self.maxItems = maxItems
    }

    /// The setting that says how many tasks a DAG may have, as it is written in a file of settings; `--dag-max-tasks` and `SWIFTFLOW_DAG_MAX_TASKS` elsewhere.
    public static let tasksSetting = "dag.max.tasks"
    /// The setting that says how many bytes a file may have, as `tasksSetting`.
    public static let bytesSetting = "dag.max.bytes"
    /// What `tasksSetting` may be.
    public static let taskRange = 1...10_000_000
    /// What `bytesSetting` may be.
    public static let byteRange = 1_024...(1 << 30)

    /// The most characters of the id of a DAG or a task.
    public static let longestID = 200
    /// The longest timeout of a task, in seconds: ten years.
    public static let longestTimeoutSecs = 315_360_000
    static let priorities = -1_000...1_000
    static let concurrentRuns = 1...1_000_000
    static let waitingRuns = 0...10_000_000
    static let retries = 0...1_000
    static let lostAttempts = 0...1_000
    static let parallelItems = 1...1_000_000
    /// The most labels of one DAG or task.
    static let mostLabels = 50
}

/// How large a definition may be. Beyond a limit is an error that names it.
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

    public init(
        maxTasks: Int = 10_000, maxFileBytes: Int = 16 << 20, maxNodes: Int = 1_000_000, maxNesting: Int = 64, maxProblems: Int = 100
    ) {
        self.maxTasks = maxTasks
        self.maxFileBytes = maxFileBytes
        self.maxNodes = maxNodes
        self.maxNesting = maxNesting
        self.maxProblems = maxProblems
    }

    /// The most characters of the id of a DAG or a task.
    public static let longestID = 200
    /// The longest timeout of a task, in seconds: ten years.
    public static let longestTimeoutSecs = 315_360_000
}

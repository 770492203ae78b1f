/// When a task may start, by what became of the tasks that it depends on. Names and meaning are Airflow's; docs/workflow-semantics.md has the table.
///
/// A task whose rule can never hold any more is skipped, or never runs because something above it failed (`TriggerVerdict`).
public enum TriggerRule: String, Codable, Hashable, Sendable, CaseIterable {
    /// All have succeeded.
    case allSuccess = "all_success"
    /// All are over, however.
    case allDone = "all_done"
    /// One has succeeded; does not wait for the others.
    case oneSuccess = "one_success"
    /// One has failed; does not wait for the others.
    case oneFailed = "one_failed"
    /// All have failed.
    case allFailed = "all_failed"
    /// All are over and none has failed.
    case noneFailed = "none_failed"
    /// All are over, none has failed, and one has succeeded.
    case noneFailedMinOneSuccess = "none_failed_min_one_success"
}

/// What to do about failed attempts.
public struct RetryPolicy: Codable, Hashable, Sendable {
    /// How many retries follow errors; losses of workers are not counted.
    public var limit: Int
    public var backoff: Backoff?
    /// What is retried: `error`, `timeout`, or a text that is part of the reason; `nil` retries all.
    public var on: [String]?

    public init(limit: Int, backoff: Backoff? = nil, on: [String]? = nil) {
        self.limit = limit
        self.backoff = backoff
        self.on = on
    }

    /// How long to wait before a retry, all in seconds: `min(max, initial * factor^(n - 1))` before the n-th, less a random part of up to `jitter`.
    public struct Backoff: Codable, Hashable, Sendable {
        /// Seconds before the first retry.
        public var initial: Double
        public var factor: Double
        /// The most seconds before any retry.
        public var max: Double
        /// The part of the wait that is random, from 0 to 1.
        public var jitter: Double

        public init(initial: Double = 1, factor: Double = 2, max: Double = 300, jitter: Double = 0.1) {
            self.initial = initial
            self.factor = factor
            self.max = max
            self.jitter = jitter
        }
    }
}

/// Runs a task once for each item of a list: `load` becomes `load[0]`, `load[1]`, ….
public struct ForEach: Codable, Hashable, Sendable {
    /// The list, or a template that stands for one (a variable of type `list`, an output, or a part of it).
    public var items: Value
    /// How many items may be under way at once; `nil` is without limit.
    public var maxParallel: Int?
    /// What the others do when an item has failed; `nil` means `failFast`.
    public var onFailure: OnFailure?

    public init(items: Value, maxParallel: Int? = nil, onFailure: OnFailure? = nil) {
        self.items = items
        self.maxParallel = maxParallel
        self.onFailure = onFailure
    }

    public enum OnFailure: String, Codable, Hashable, Sendable, CaseIterable {
        /// Nothing more starts; items under way are canceled.
        case failFast
        /// All items run, then the task has failed.
        case finishAll
    }

    /// The most items of one task.
    public static let defaultMaxItems = 10_000

    /// The id of one item's task.
    public static func itemID(_ task: String, _ index: Int) -> String { "\(task)[\(index)]" }

    /// Whether an id looks like that of an item, `load[3]`; no task of a definition may have one.
    public static func isItemID(_ id: String) -> Bool {
        guard id.utf8.last == UInt8(ascii: "]"), let open = id.lastIndex(of: "[") else { return false }
        let digits = id[id.index(after: open)...].dropLast()
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

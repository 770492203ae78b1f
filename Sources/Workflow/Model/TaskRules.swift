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

    /// Whether another attempt follows a failure.
    /// - Parameter retries: how many there have been.
    public func allows(_ reason: String, isTimeout: Bool, retries: Int) -> Bool {
        guard retries < limit else { return false }
        guard let on else { return true }
        return on.contains { $0 == (isTimeout ? "timeout" : "error") || ($0 != "timeout" && $0 != "error" && reason.contains($0)) }
    }

    /// Seconds before the `number`-th retry, from 1. The random part follows from `seed`, so that whoever computes it finds the same.
    public func delay(before number: Int, seed: String) -> Double {
        let backoff = backoff ?? Backoff()
        var delay = min(backoff.initial, backoff.max)
        for _ in 1..<max(min(number, 1_001), 1) where delay < backoff.max { delay = min(delay * backoff.factor, backoff.max) }
        // FNV-1a (Fowler, Noll, Vo), its upper bits as a fraction.
        let hash = seed.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return delay * (1 - backoff.jitter * (Double(hash >> 11) / Double(1 << 53)))
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

    /// The fan-out and the index that the id of an item names; `nil` if it is no such id.
    public static func item(_ id: String) -> (task: String, index: Int)? {
        guard id.hasSuffix("]"), let open = id.lastIndex(of: "[") else { return nil }
        guard let index = Int(id[id.index(after: open)...].dropLast()), index >= 0 else { return nil }
        return (String(id[..<open]), index)
    }

    /// Whether an id looks like that of an item, `load[3]`; no task of a definition may have one.
    public static func isItemID(_ id: String) -> Bool {
        guard id.utf8.last == UInt8(ascii: "]"), let open = id.lastIndex(of: "[") else { return false }
        let digits = id[id.index(after: open)...].dropLast()
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

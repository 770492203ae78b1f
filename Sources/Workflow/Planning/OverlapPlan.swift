/// What becomes of the waiting runs of one DAG that limits how many may be under way (`maxConcurrentRuns`, `overlap`).
///
/// Computed from what the store says is under way now, never from counters, so nothing can leak.
public struct OverlapPlan: Hashable, Sendable {
    /// Indices of those that may start.
    public private(set) var starting: [Int] = []
    /// Those that end at once, canceled, and why.
    public private(set) var skipped: [Skipped] = []
    /// Runs under way that are to be canceled, so that others can start.
    public private(set) var toCancel: [String] = []
    /// Whether some stay in the queue until others end.
    public private(set) var isWaiting = false

    public struct Skipped: Hashable, Sendable {
        public var index: Int
        public var reason: String
    }

    /// A run that waits.
    public struct Waiting: Hashable, Sendable {
        public var id: String
        /// Whether it has been under way before: then it waits for room, whatever the DAG does with new ones.
        public var wasStarted: Bool

        public init(id: String, wasStarted: Bool) {
            self.id = id
            self.wasStarted = wasStarted
        }
    }

    /// - Parameters:
    ///   - waiting: the DAG's waiting runs, in the order in which they would be served.
    ///   - active: ids of its runs that are under way, the oldest first; as many as the limit are enough.
    ///   - limit: how many may be under way at once.
    public init(_ waiting: [Waiting], active: [String], limit: Int, overlap: Dag.Overlap) {
        let room = max(0, limit - active.count)
        let news = waiting.indices.filter { !waiting[$0].wasStarted }
        switch overlap {
        case .allow, .wait: start(Array(waiting.indices), room)
        case .skip:
            let old = waiting.indices.filter { waiting[$0].wasStarted }
            start(old + news.prefix(max(0, room - old.count)), room)
            skipped = news.dropFirst(max(0, room - old.count)).map { index in
                Skipped(index: index, reason: "skipped: \(Self.runs(limit)) under way already (overlap: skip)")
            }
        case .cancelOther:
            // Of those that wait only the newest are wanted, as many as may be under way.
            let replaced = news.dropLast(limit)
            skipped = replaced.map { index in
                Skipped(index: index, reason: "canceled for the newer run '\(waiting[news[news.count - 1]].id)' (overlap: cancelOther)")
            }
            let wanted = waiting.indices.filter { !replaced.contains($0) }
            start(wanted, room)
            toCancel = Array(active.prefix(min(active.count, news.count - replaced.count, max(0, wanted.count - room))))
        }
    }

    private mutating func start(_ indices: [Int], _ room: Int) {
        starting = Array(indices.prefix(room))
        isWaiting = indices.count > room
    }

    private static func runs(_ count: Int) -> String { count == 1 ? "a run of its DAG is" : "\(count) runs of its DAG are" }
}

extension Dag {
    /// How many runs may be under way at once; `nil` without limit.
    public var runLimit: Int? {
        if let maxConcurrentRuns { return maxConcurrentRuns }
        return switch overlap {
        case nil, .allow: nil
        case .wait, .skip, .cancelOther: 1
        }
    }
}

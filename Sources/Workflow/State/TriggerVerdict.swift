/// What a task's trigger rule says, by what became of its parents. docs/workflow-semantics.md has the table.
public enum TriggerVerdict: Hashable, Sendable {
    /// It is not decided yet.
    case wait
    case start
    /// It can never hold any more; the task is skipped, for this reason.
    case skip(String)
    /// It can never hold any more, since something above failed.
    case unreachable

    /// What became of a task's parents.
    public struct Parents: Hashable, Sendable {
        public var count: Int
        /// How many are not over.
        public var open: Int
        /// How many failed, were canceled, or never run since something above them failed.
        public var failed: Int
        public var skipped: Int
        public var succeeded: Int { count - open - failed - skipped }

        public init(count: Int, open: Int, failed: Int, skipped: Int) {
            self.count = count
            self.open = open
            self.failed = failed
            self.skipped = skipped
        }
    }

    /// - Parameter rule: `nil` is fastflow's: all parents have succeeded or were skipped.
    public init(_ rule: TriggerRule?, _ parents: Parents) {
        guard parents.count > 0 else {
            self = .start
            return
        }
        let isOver = parents.open == 0
        switch rule {
        case nil, .noneFailed?: self = parents.failed > 0 ? .unreachable : isOver ? .start : .wait
        case .allSuccess?:
            self =
                parents.failed > 0 ? .unreachable : !isOver ? .wait : parents.skipped > 0 ? .skip("a task before it was skipped") : .start
        case .allDone?: self = isOver ? .start : .wait
        case .oneSuccess?:
            self =
                parents.succeeded > 0
                ? .start : !isOver ? .wait : parents.failed > 0 ? .unreachable : .skip("all tasks before it were skipped")
        case .oneFailed?: self = parents.failed > 0 ? .start : isOver ? .skip("no task before it failed") : .wait
        case .allFailed?:
            self =
                parents.succeeded + parents.skipped > 0
                ? .skip("not all tasks before it failed") : isOver ? .start : .wait
        case .noneFailedMinOneSuccess?:
            self =
                parents.failed > 0
                ? .unreachable : !isOver ? .wait : parents.succeeded > 0 ? .start : .skip("all tasks before it were skipped")
        }
    }
}

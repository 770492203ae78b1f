#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What is kept of a task beyond its present attempt. A task that succeeds at once has none of it.
public struct TaskHistory: Codable, Hashable, Sendable {
    /// Earlier attempts, the latest last; at most `attemptLimit`.
    public var attempts: [Attempt]
    /// How many retries its errors have had.
    public var retries: Int
    /// When its first attempt began.
    public var firstStartedAt: Date?
    /// What an action that waits has left for its next call.
    public var memo: Value?
    /// Who continued or rejected it.
    public var decision: Decision?
    /// The run that does its work: a sub-workflow, or the attempt on another node.
    public var childRun: String?

    public init(
        attempts: [Attempt] = [], retries: Int = 0, firstStartedAt: Date? = nil, memo: Value? = nil, decision: Decision? = nil,
        childRun: String? = nil
    ) {
        self.attempts = attempts
        self.retries = retries
        self.firstStartedAt = firstStartedAt
        self.memo = memo
        self.decision = decision
        self.childRun = childRun
    }

    public static let attemptLimit = 100

    public var isEmpty: Bool { self == TaskHistory() }

    /// One earlier attempt.
    public struct Attempt: Codable, Hashable, Sendable {
        public var attempt: Int
        /// How it ended: failed, canceled, success (before it was run again), blocked, or running where its worker was lost.
        public var status: TaskInstanceStatus
        public var reason: String
        public var worker: String
        public var startedAt: Date?
        public var endedAt: Date?

        public init(
            attempt: Int, status: TaskInstanceStatus, reason: String = "", worker: String, startedAt: Date? = nil, endedAt: Date? = nil
        ) {
            self.attempt = attempt
            self.status = status
            self.reason = reason
            self.worker = worker
            self.startedAt = startedAt
            self.endedAt = endedAt
        }
    }

    /// What somebody decided about a blocked task.
    public struct Decision: Codable, Hashable, Sendable {
        public var isApproved: Bool
        public var author: Author

        public init(isApproved: Bool, author: Author) {
            self.isApproved = isApproved
            self.author = author
        }
    }
}

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One run of a DAG.
public struct DagInstance: Codable, Hashable, Sendable, Identifiable {
    /// The run's id; the submitter's idempotency key where one was given. Never contains a slash.
    public var id: String
    public var dagId: String
    /// Content hash of the definition that this run is pinned to.
    public var dagVersion: String
    public var trigger: Trigger
    public var status: DagInstanceStatus
    /// Why the instance is in its status, where there is something to say; empty otherwise.
    public var reason: String
    /// Key of the node that owns the run; `nil` where nobody does.
    public var worker: String?
    /// Session of the owning node; `nil` where nobody owns the run.
    public var session: String?
    /// The fence: only a write with a higher version lands.
    public var version: RecordVersion
    /// The lowest epoch whose task documents count; readers ignore those below it. Zero before the first dispatch.
    public var runEpoch: Int64
    /// Values of the DAG's variables for this run.
    public var vars: [String: String]
    /// What tasks left for later ones. Complete only when the instance is final; before, the tasks' changes are folded over it.
    public var shareData: [String: String]
    public var tags: [String: String]
    /// How many times in a row a worker was lost without a task having been finished in between.
    public var adoptions: Int
    /// How many tasks were finished when the present owner took the run.
    public var progress: Int
    /// The attempts of at-most-once tasks (`onWorkerLost: fail`) that may have begun, by task id: written, durable, before the action begins.
    public var claims: [String: Int]
    /// Runs of higher priority are given out first.
    public var priority: Int
    /// When the leader must look at the run although nobody owns it: a wait or a time limit is over.
    public var wakeAt: Date?
    /// What people have asked of the run.
    @Boxed public var control: RunControl?
    /// Where the run comes from, if nobody submitted it by hand.
    @Boxed public var origin: RunOrigin?
    public var createdAt: Date
    public var startedAt: Date?
    public var endedAt: Date?

    public init(
        id: String, dagId: String, dagVersion: String, trigger: Trigger = .manually, status: DagInstanceStatus = .`init`,
        reason: String = "",
        worker: String? = nil, session: String? = nil, version: RecordVersion = .zero, runEpoch: Int64 = 0, vars: [String: String] = [:],
        shareData: [String: String] = [:], tags: [String: String] = [:], adoptions: Int = 0, progress: Int = 0, claims: [String: Int] = [:],
        priority: Int = 0, wakeAt: Date? = nil, control: RunControl? = nil, origin: RunOrigin? = nil, createdAt: Date,
        startedAt: Date? = nil, endedAt: Date? = nil
    ) {
        self.id = id
        self.dagId = dagId
        self.dagVersion = dagVersion
        self.trigger = trigger
        self.status = status
        self.reason = reason
        self.worker = worker
        self.session = session
        self.version = version
        self.runEpoch = runEpoch
        self.vars = vars
        self.shareData = shareData
        self.tags = tags
        self.adoptions = adoptions
        self.progress = progress
        self.claims = claims
        self.priority = priority
        self.wakeAt = wakeAt
        self.control = control
        self.origin = origin
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.endedAt = endedAt
    }

    /// What started the run.
    public enum Trigger: String, Codable, Sendable, CaseIterable {
        case manually
        case cron
        /// A task of another run (`RunOrigin`).
        case parent
    }
}

extension DagInstance {
    /// The mark of a new owner that took the run from another: running, with this epoch as the one whose task documents count.
    ///
    /// Adoptions in a row without a finished task in between are counted by who moves the run; a run whose workers are lost `limit` times so is given up as failed, since one of
    /// its tasks is likely what they die of.
    /// - Parameters:
    ///   - finishedTasks: how many of the run's tasks are finished now.
    ///   - underWay: documents of tasks that were at work when their worker was lost; each attempt counts once.
    ///   - now: the present time.
    public func marked(finishedTasks: Int, underWay: [TaskInstance] = [], adoptionLimit limit: Int, at now: Date) -> DagInstance {
        var marked = self
        for task in underWay {
            var control = marked.control ?? RunControl()
            let lost = control.lost[task.taskId] ?? LostAttempts(count: 0, attempt: 0)
            guard task.attempt > lost.attempt else { continue }
            control.lost[task.taskId] = LostAttempts(count: lost.count + 1, attempt: task.attempt)
            marked.control = control
        }
        marked.version = version.next
        marked.runEpoch = version.epoch
        if finishedTasks > progress {
            marked.adoptions = 0
            marked.progress = finishedTasks
        }
        if marked.adoptions >= limit {
            // What somebody wanted canceled is canceled, though not as it should.
            marked.status = marked.control?.cancel == nil ? .failed : .canceled
            marked.reason = "its worker was lost \(marked.adoptions) times in a row without a task having been finished"
            marked.session = nil
            marked.endedAt = now
            // Commands that were inside go back to the leader, who decides them afresh: the run is over.
            marked.control?.commands = []
        } else {
            marked.status = .running
            marked.reason = ""
            marked.startedAt = startedAt ?? now
        }
        return marked
    }
}

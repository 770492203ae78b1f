#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What people have asked of a run, and what the engine must remember of its tasks beyond their documents. Most runs have none of it.
public struct RunControl: Codable, Hashable, Sendable {
    /// Commands that the leader has taken in for the next owner, in the order in which they apply.
    public var commands: [Command]
    /// Ids of the commands that have been applied, the latest last; at most `appliedLimit`.
    public var applied: [String]
    /// What commands did to tasks, by task id: it holds for documents of that attempt and earlier ones.
    public var marks: [String: TaskMark]
    /// Nothing new starts.
    public var isPaused: Bool
    /// The run is to end as canceled.
    public var cancel: Author?
    /// The tasks at the end (`onExit`) are not to run either: the run was canceled twice, or while they ran.
    public var endsNow: Bool
    /// When a retry or rerun brought the run back to life: the run's time limit counts from here.
    public var revivedAt: Date?
    /// The run is to end as failed, with this reason: it took too long, say.
    public var failure: String?
    /// Attempts that were lost with their workers, by task id.
    public var lost: [String: LostAttempts]

    public init(
        commands: [Command] = [], applied: [String] = [], marks: [String: TaskMark] = [:], isPaused: Bool = false, cancel: Author? = nil,
        endsNow: Bool = false, revivedAt: Date? = nil, failure: String? = nil, lost: [String: LostAttempts] = [:]
    ) {
        self.commands = commands
        self.applied = applied
        self.marks = marks
        self.isPaused = isPaused
        self.cancel = cancel
        self.endsNow = endsNow
        self.revivedAt = revivedAt
        self.failure = failure
        self.lost = lost
    }

    public static let appliedLimit = 200

    public var isEmpty: Bool { self == RunControl() }
}

/// How often a task's worker was lost while it ran.
public struct LostAttempts: Codable, Hashable, Sendable {
    public var count: Int
    /// The last of them: it is counted once, whoever finds it.
    public var attempt: Int

    public init(count: Int, attempt: Int) {
        self.count = count
        self.attempt = attempt
    }
}

/// What a command did to a task.
public struct TaskMark: Codable, Hashable, Sendable {
    /// The attempt that the document had; a later one supersedes the mark.
    public var attempt: Int
    public var act: Act
    public var author: Author

    public init(attempt: Int, act: Act, author: Author) {
        self.attempt = attempt
        self.act = act
        self.author = author
    }

    public enum Act: String, Codable, Hashable, Sendable, CaseIterable {
        /// It runs again, as if it had not run.
        case reset
        /// It was blocked and may go on; what blocked it is not looked at again.
        case continued
        /// It was blocked and has failed by somebody's word.
        case rejected
        /// It must not run, or run on.
        case canceled
    }
}

/// Who asked for something, when and why.
public struct Author: Codable, Hashable, Sendable {
    public var by: String
    public var reason: String
    public var at: Date

    public init(by: String, reason: String = "", at: Date) {
        self.by = by
        self.reason = reason
        self.at = at
    }
}

/// Where a run comes from that nobody submitted by hand.
public struct RunOrigin: Codable, Hashable, Sendable {
    public var kind: Kind
    /// The run that it belongs to.
    public var run: String
    /// The task of that run that it stands for, and the attempt. For `reuse` the one task that runs, empty where all do, and 0.
    public var task: String
    public var attempt: Int
    /// DAGs above this one, the outermost first.
    public var lineage: [String]
    /// Rendered parameters, where one task is all that runs.
    public var params: [String: Value]?
    /// Tasks from which on everything runs anew, where finished work of another run is used again.
    public var from: [String]?

    public init(
        kind: Kind, run: String, task: String = "", attempt: Int = 0, lineage: [String] = [], params: [String: Value]? = nil,
        from: [String]? = nil
    ) {
        self.kind = kind
        self.run = run
        self.task = task
        self.attempt = attempt
        self.lineage = lineage
        self.params = params
        self.from = from
    }

    /// The one task that runs, where finished work of another run is used for it alone.
    public var onlyTask: String? { kind == .reuse && !task.isEmpty ? task : nil }

    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// A sub-workflow: the whole DAG runs for a task of another run.
        case dag
        /// One attempt of one task of another run, on a node that the other run's owner is not.
        case task
        /// A run with other variables, or of another version, that uses finished tasks of an earlier one again.
        case reuse
    }
}

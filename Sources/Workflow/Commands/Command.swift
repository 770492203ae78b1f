#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What somebody asks of a run. A document of its own; applied exactly once, by the run's owner, or by the leader where nobody owns the run.
public struct Command: Codable, Hashable, Sendable, Identifiable {
    /// Made by the sender; sending it again is harmless.
    public var id: String
    /// The run.
    public var run: String
    public var kind: Kind
    /// The tasks that are meant (`load[3]` is one item of a fan-out); empty for the whole run.
    public var tasks: [String]
    /// Who asks, when and why.
    public var author: Author

    public init(id: String, run: String, kind: Kind, tasks: [String] = [], author: Author) {
        self.id = id
        self.run = run
        self.kind = kind
        self.tasks = tasks
        self.author = author
    }

    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Failed and canceled tasks run again; of the whole run, all of them.
        case retry
        /// The tasks, and all that follow from them, run again.
        case rerun
        /// What runs is stopped, what waits does not start.
        case cancel
        /// Blocked tasks go on.
        case `continue`
        /// Blocked tasks have failed.
        case reject
        /// Nothing new starts.
        case pause
        case resume
        /// A task that waits for another run looks at it now.
        case wake
    }
}

/// A command and what became of it.
public struct CommandRecord: Codable, Hashable, Sendable {
    public var command: Command
    public var status: Status
    /// What was done, or why it was refused.
    public var result: String
    public var settledAt: Date?

    public init(_ command: Command, status: Status = .pending, result: String = "", settledAt: Date? = nil) {
        self.command = command
        self.status = status
        self.result = result
        self.settledAt = settledAt
    }

    public enum Status: String, Codable, Hashable, Sendable, CaseIterable {
        /// Nobody has taken it in yet.
        case pending
        /// The leader has taken it in; it applies when the run has an owner.
        case accepted
        /// It has been applied, durable. What follows from it (a canceled task ending, say) may still be under way.
        case done
        /// It does not apply; nothing was changed.
        case refused

        public var isSettled: Bool { self == .done || self == .refused }
    }
}

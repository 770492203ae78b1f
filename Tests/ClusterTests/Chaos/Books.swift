import Workflow

/// Everything that a balance needs: what was asked for, what the store says, what the journal says, and what was done to the processes.
struct Books: Sendable {
    /// Runs by id, with the definition each was submitted for.
    var submissions: [String: Submission] = [:]
    var runs: [String: Run] = [:]
    /// Task documents that count (not below their run's epoch), by `run/task`.
    var tasks: [String: Task] = [:]
    /// `run/task/epoch.attempt` of each attempt whose flushed line is in the store.
    var flushedTraces: Set<String> = []
    var journal: [JournalEntry] = []
    var outages: [Outage] = []

    struct Submission: Hashable, Sendable {
        var plan: RunPlan
        /// Whether the cluster said that it has the run.
        var isAcknowledged: Bool
    }

    struct Run: Hashable, Sendable {
        var status: DagInstanceStatus
        var reason = ""
    }

    struct Task: Hashable, Sendable {
        var status: TaskInstanceStatus
        /// The attempt that the store records as the last one, with its epoch where the task's output tells.
        var attempt: Int
        var epoch: Int64?
        var reason = ""
    }

    /// A time in which a process was not quite itself. `to` is missing where it lasted to the end.
    struct Outage: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case killed
            /// SIGSTOP: it cannot notice that its lease runs out.
            case stopped
            /// Cut off from the store, or the store was away, or the processor was taken: its own guard must have worked, if late.
            case hindered
        }

        var kind: Kind
        /// `nil` means every process.
        var pid: Int32?
        /// The key of the process' node.
        var node: String?
        var from: Moment
        var to: Moment?

        /// Scripts know the key of their node and not its process.
        func concerns(_ entry: JournalEntry) -> Bool {
            pid == entry.pid || (entry.isShell && node == entry.node)
        }

        func touches(_ entry: JournalEntry, from start: Moment, to end: Moment) -> Bool {
            (pid == nil || concerns(entry)) && from <= end && (to.map { $0 >= start } ?? true)
        }
    }
}

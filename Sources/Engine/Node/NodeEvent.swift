public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that happened on a node, for applications that embed it (`Node.events`).
public enum NodeEvent: Sendable, Hashable {
    /// The node joined the cluster under a new session.
    case joined(session: String)
    /// The node's session is gone; it gives up what it has and joins anew.
    case sessionLost(session: String)
    /// The node began to lead, with this term, or ceased to.
    case leaderChanged(isLeading: Bool, term: Int64)
    /// As leader, the node gave runs out.
    case dispatched(runs: Int)
    /// As leader, the node applied a file of its directory of definitions.
    case applied(dag: String, version: String, file: String)
    /// As leader, the node stopped a DAG whose file was removed.
    case stopped(dag: String, file: String)
    /// A stage in the life of a run that the node owns.
    case run(RunEvent)
    /// An attempt begins.
    case taskBegan(run: String, task: String, attempt: Int)
    /// A task ended, waits or is blocked; its record is on its way to the store.
    case taskChanged(run: String, task: String, attempt: Int, status: TaskInstanceStatus, reason: String)
}

/// A stage in the life of a run.
public struct RunEvent: Sendable, Hashable {
    public var run: String
    public var dagId: String
    public var stage: Stage
    public var at: Date

    public enum Stage: Sendable, Hashable {
        /// The node has taken the run, and nothing of it has started here yet.
        case beforeRun
        /// The run needs the node no longer, durable: it succeeded, failed, was canceled, is blocked, parked or handed back (`init`).
        case ended(DagInstanceStatus)
        /// A command has been applied, durable: retry, continue, cancel, ….
        case command(Command.Kind)
    }
}

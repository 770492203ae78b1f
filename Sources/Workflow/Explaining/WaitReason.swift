#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Why a run, or a task of one, does not go on by itself at this moment.
public enum WaitReason: Hashable, Sendable {
    // MARK: Runs

    /// Nothing: the run is owned by a node that is alive, and does what it can.
    case underWay(worker: String, since: Date?)
    /// It has been given to a node that has not taken it yet.
    case assigned(worker: String)
    /// Its owner is gone; the leader moves it to another node.
    case nodeLost(worker: String)
    /// No node can take it.
    case noNode(NodeShortage)
    /// A node could take it; the leader has not looked yet.
    case dispatch
    /// Nobody leads, so that nothing is given out.
    case noLeader
    /// As many runs of the DAG as may be are under way.
    case runLimit(Int)
    /// New runs of the DAG do not start until somebody resumes it.
    case dagPaused(String)
    /// Nothing new of the run starts until somebody resumes it.
    case runPaused
    /// Somebody has asked for something that has not been applied yet.
    case waitingForCommand(Command.Kind, by: String)
    /// It is being canceled.
    case canceling(by: String, reason: String)
    /// If it has not started by then it fails.
    case startLimit(Date)
    /// Tasks of it wait for somebody's decision, and nothing else can run.
    case blocked(tasks: [String])
    /// The version of the DAG that it is pinned to is not in the store.
    case noDefinition

    // MARK: Tasks

    /// Tasks that it depends on are not over.
    case parents([String])
    /// It can never run, because of this task above it.
    case unreachable(because: String)
    /// A check holds, and asks for somebody's decision.
    case preCheckBlock(String)
    /// Its action asks for somebody's decision, until then.
    case approval(String, until: Date?)
    /// An attempt failed, and the next comes at a time.
    case retryAt(Date, reason: String)
    /// It waits for a time, or the run does.
    case parkedUntil(Date)
    /// Another run does its work.
    case childRun(String, status: DagInstanceStatus?)
    /// All slots of its pool are taken.
    case poolFull(String, slots: Int)
    /// Nobody has made its pool.
    case noPool(String)
    /// It may start, and waits for a place on the run's node.
    case noPlace(worker: String)
    /// Items of a fan-out are not over.
    case items(done: Int, of: Int?)
    /// Tasks at the end run when all others are over.
    case others
    /// The run that it belongs to does not go on: see its reasons.
    case run
    /// It has an end that somebody has made void; it runs again when the run has an owner.
    case runAgain(by: String)
    /// It is about to start.
    case ready
    /// The run is over, and it never ran.
    case runOver(DagInstanceStatus)
}

/// Why no node can take something.
public enum NodeShortage: Hashable, Sendable {
    case noNodes
    case allDraining
    /// No node that is alive offers these.
    case actions([String])
    case flows([String])
    /// No node that is alive has these labels together.
    case labels([String: String])
    /// Each thing is offered somewhere, and all together nowhere.
    case together
    /// Every node that could take it has all that it takes at once.
    case full

    public var text: String {
        switch self {
        case .noNodes: "no node is alive"
        case .allDraining: "every node that is alive is draining"
        case .actions(let names): "no live node offers the action \(Self.quoted(names))"
        case .flows(let names): "no live node offers the flow \(Self.quoted(names))"
        case .labels(let labels): "no live node has the labels \(Self.pairs(labels))"
        case .together: "no single live node offers all its actions, flows and labels"
        case .full: "every node that could run it is full"
        }
    }

    private static func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

    static func pairs(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

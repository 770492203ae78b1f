public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Who is alive and who leads: node sessions, the leader's lease, and hints that wake nodes.
///
/// Every expiry is written and judged by the server's clock. Errors are `StoreError`; an error is never a success.
public protocol Keeper: Sendable {
    // MARK: Node sessions

    /// Takes the node's place under its key, if the session that had it last is `previous` and is dead or expired.
    ///
    /// Sending the same join again is harmless: it extends the session if it is alive, and never brings back one that has ended, however late it arrives.
    /// - Parameters:
    ///   - session: made anew by the caller for each join.
    ///   - previous: the session that had the place last, as an earlier answer said; `nil` where nobody ever had it.
    func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome
    /// Extends a session that is alive; a session that is gone never comes back. Runs on the reserved lane.
    /// - Returns: `nil` if the session is gone.
    func renew(key: String, session: String, ttl: Duration) async throws -> Renewal?
    /// Marks a session as one that takes nothing more, and gives back what it has as its running tasks end.
    /// - Returns: whether the session is alive.
    @discardableResult
    func drain(key: String, session: String) async throws -> Bool
    /// Takes the mark back: the session takes work again.
    /// - Returns: whether the session is alive.
    func resume(key: String, session: String) async throws -> Bool
    /// Ends a session at once, so that its work can be moved and its key taken without waiting.
    func leave(key: String, session: String) async throws
    /// All nodes, alive or not, from the primary, with what the server's clock says of each.
    func nodes() async throws -> [NodeStatus]
    /// Declares a session dead if it is still alive by name and its lease has run out by the server's clock: one compare-and-set.
    /// - Returns: whether it is dead now by this call.
    func declareDead(key: String, session: String) async throws -> Bool

    // MARK: The leader's lease

    /// Takes the leader's lease if it is free or expired, or extends it if `session` holds it. The term grows by one at each change of holder.
    /// - Returns: who holds it after the call.
    func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership
    /// Gives the lease up at once, if this session holds it with this term.
    func resign(session: String, term: Int64) async throws
    /// Who leads now, by the server's clock; `nil` if nobody does.
    func leader() async throws -> Leadership?

    // MARK: Locks

    /// Takes a lock that is free or has expired; see `LockRecord.acquire`. Sending it again for the same owner is harmless.
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer
    /// Gives the holder more time. Sent even where the calling task is cancelled. Runs on the reserved lane.
    /// - Returns: whether the lock is still held by this owner with this token.
    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool
    /// Gives a lock back, if it is this owner's; see `LockRecord.release`. Sent even where the calling task is cancelled: a lock that is kept costs others its time to live.
    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn
    /// Takes a lock from the holder that has this token, and leaves a trace of it.
    /// - Returns: whether that holder had it.
    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool
    /// All locks that are held, or that carry a trace of a forced release, from the primary; the held first, in order of their keys, at most 10,000.
    func locks() async throws -> [LockStatus]
    /// Who waits for locks and who holds them in this process. One for each keeper, for as long as it lives.
    var localMutexes: LocalMutexes { get }

    // MARK: Hints

    /// Wakes those whom it concerns. Best effort: a hint may be lost, doubled or late without harm.
    func signal(_ hints: [Hint]) async
    /// Calls `onHint` for every hint to this session and to everybody, from now on, until the task is cancelled. A source that is down only costs latency.
    func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async
    /// The same for hints to the leader: whoever leads listens to them, and nobody else is woken by them.
    func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async
}

/// What a node tells the others about itself.
public struct NodeDescription: Sendable, Hashable, Codable {
    /// The node's name, unique in the cluster: `worker-1`.
    public var key: String
    /// Actions that it has registered.
    public var actions: [String]
    /// KisFlow flows that it has loaded.
    public var flows: [String]
    /// How many instances it takes at once.
    public var capacity: Int
    /// What DAGs and tasks can ask for (`worker:`).
    public var labels: [String: String]
    /// Host name and process id, for people.
    public var host: String
    public var pid: Int

    public init(key: String, actions: [String], flows: [String], capacity: Int, labels: [String: String] = [:], host: String, pid: Int) {
        self.key = key
        self.actions = actions
        self.flows = flows
        self.capacity = capacity
        self.labels = labels
        self.host = host
        self.pid = pid
    }
}

/// What a node learns when it renews its lease.
public struct Renewal: Sendable, Hashable {
    /// The server's time at the renewal.
    public var serverTime: Date
    /// Whether the session is marked as one that takes nothing more.
    public var isDraining: Bool

    public init(serverTime: Date, isDraining: Bool) {
        self.serverTime = serverTime
        self.isDraining = isDraining
    }
}

/// What became of an attempt to join.
public enum JoinOutcome: Sendable, Hashable {
    /// The place is ours; the server's time when it was taken.
    case joined(serverTime: Date)
    /// The place is, or was, another session's; one that is dead or expired can be replaced by naming it.
    case taken(by: NodeStatus)
    /// The session was declared dead or ended meanwhile: join with a new one.
    case ended
}

/// A node as the store has it.
public struct NodeStatus: Sendable, Hashable, Codable {
    public var node: NodeDescription
    public var session: String
    /// Whether nobody has declared the session dead or ended it.
    public var isAlive: Bool
    /// Whether it takes nothing more: it is about to stop.
    public var isDraining: Bool
    /// How long its lease still runs by the server's clock, in seconds; negative where it has run out.
    public var secondsLeft: Double
    public var joinedAt: Date

    public init(node: NodeDescription, session: String, isAlive: Bool, isDraining: Bool, secondsLeft: Double, joinedAt: Date) {
        self.node = node
        self.session = session
        self.isAlive = isAlive
        self.isDraining = isDraining
        self.secondsLeft = secondsLeft
        self.joinedAt = joinedAt
    }

    /// Whether the lease has run out by the server's clock.
    public var isExpired: Bool { secondsLeft <= 0 }

    /// Whether it may be given work, if it has room.
    public var takesWork: Bool { isAlive && !isExpired && !isDraining }
}

/// The leader's lease.
public struct Leadership: Sendable, Hashable, Codable {
    /// Key and session of the holder.
    public var key: String
    public var session: String
    /// Grows by one at each change of holder.
    public var term: Int64
    /// How long the lease still runs by the server's clock, in seconds.
    public var secondsLeft: Double

    public init(key: String, session: String, term: Int64, secondsLeft: Double) {
        self.key = key
        self.session = session
        self.term = term
        self.secondsLeft = secondsLeft
    }
}

/// Something that somebody should look at the store for.
public enum Hint: Sendable, Hashable {
    /// There are instances to dispatch: for the leader.
    case dispatch
    /// A node has come, gone, or changed its mind about taking work: for the leader.
    case nodesChanged
    /// There are instances assigned to this session: these; none are named where there are many, or it is not known which.
    case assigned(session: String, runs: [String] = [])
    /// Somebody has given a command to a run: for the leader, who tells the run's owner.
    case commands
    /// There are commands for these runs of the session; none are named where it is not known which.
    case commanded(session: String, runs: [String] = [])
    /// The leader's lease was given up: whoever can should campaign.
    case leaderGone
    /// A lock was given back or taken from its holder; `nil`: some lock, it is not known which.
    case unlocked(key: String?)
}

extension Hint {
    /// Whether it is for the leader alone.
    public var isForLeader: Bool { self == .dispatch || self == .nodesChanged || self == .commands }
}

/// What became of an attempt to take a lock.
public enum LockAnswer: Sendable, Hashable {
    /// It is the caller's, with this fencing token.
    case acquired(token: Int64)
    /// Somebody else has it.
    case held(LockStatus)
}

/// What became of an attempt to give a lock back.
public enum LockReturn: Sendable, Hashable {
    /// It is free now.
    /// - Parameter isWanted: whether somebody waits for it, as far as the store knows.
    case released(isWanted: Bool)
    /// It was not this owner's.
    case notHeld
}

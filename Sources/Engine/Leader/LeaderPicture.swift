import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the leader has seen of the cluster, and when it must look again.
///
/// Nothing in it is the truth: all that follows from it is written under a condition. It may be old in three ways, and none of them lasts:
/// - A node that it shows is gone. What is given to it is an orphan, and the look that follows each dispatch on an old picture finds it; so does the look that is due when the node's lease, as it
///   was known, is over.
/// - A node that it does not show has come. It says so by a hint; the hint lost, the next look finds it.
/// - Loads are those of the last audit plus what was given out since. They forget what has ended, so they are never too low for what this leader gave; where they leave no room, they are read afresh.
struct LeaderPicture: Sendable {
    /// All nodes, as they were at `seenAt`.
    private(set) var nodes: [NodeStatus] = []
    private(set) var seenAt: ContinuousClock.Instant?
    /// The next moment at which a lease could be over, as far as they are known.
    private(set) var lookDue: ContinuousClock.Instant
    /// Sessions that were alive when all that is owned was read last, and how many runs each had, plus what it was given since.
    private(set) var audited: Set<String>?
    var loads: [String: Int] = [:]
    /// When all that is owned is to be read again.
    var auditDue: ContinuousClock.Instant
    /// When to look for runs without having been told of any.
    var pollDue: ContinuousClock.Instant
    /// Runs wait until an able node has room; when to look whether one has.
    var roomDue: ContinuousClock.Instant?
    /// When a run that waits for a time is to be looked at, as far as is known; and whether to read those that are due.
    var wakeDue: ContinuousClock.Instant?
    var mustReadDue = true
    /// When commands are to be read again, because something came in between.
    var commandsDue: ContinuousClock.Instant?
    /// DAGs of which no new run starts, as they were read with the commands.
    var pausedDags: Set<String> = []
    /// When to look for other DAGs behind a long queue of a few; `nil` if there were some the last time.
    var othersDue: ContinuousClock.Instant?
    /// The turns that DAGs had: the number of the last one of each.
    private(set) var turns: [String: Int] = [:]
    private var turnsTaken = 0
    /// Loads are not read again before, though somebody says that there is room.
    var restUntil: ContinuousClock.Instant?
    /// How many instances were given out: whose turn it is among idle nodes.
    var turn = 0
    /// Where to go on in the queue, where the head of it is longer than a tick and cannot be given to anybody.
    var next: String?
    /// The last tick left more to give out at once.
    var isMore = false
    /// Documents that were reported already.
    var reported: Set<String> = []

    /// Everything is due.
    init(now: ContinuousClock.Instant) { (lookDue, auditDue, pollDue) = (now, now, now) }

    /// The answer to a look arrived at `now`. The leases of those who live end no later than they say counted from now; a few milliseconds are for the clocks' resolution, and a bound on how often
    /// one whose death cannot be declared is looked at.
    mutating func saw(_ nodes: [NodeStatus], at now: ContinuousClock.Instant) {
        (self.nodes, seenAt) = (nodes, now)
        let first = nodes.lazy.filter(\.isAlive).map(\.secondsLeft).min() ?? 3_600
        lookDue = now + max(.seconds(first) + .milliseconds(5), .milliseconds(20))
    }

    /// All that is owned was read, before `nodes` were.
    mutating func hasAudited(_ owned: [OwnedInstance]) {
        audited = living
        loads = Dictionary(owned.compactMap(\.session).map { ($0, 1) }, uniquingKeysWith: +)
    }

    mutating func isDead(_ session: String) {
        for index in nodes.indices where nodes[index].session == session { nodes[index].isAlive = false }
    }

    /// When something is to be done though nobody says anything.
    var due: ContinuousClock.Instant {
        [roomDue, wakeDue, commandsDue].reduce(min(lookDue, auditDue, pollDue)) { min($0, $1 ?? $0) }
    }

    func isDue(_ moment: KeyPath<LeaderPicture, ContinuousClock.Instant?>, _ now: ContinuousClock.Instant) -> Bool {
        self[keyPath: moment].map { $0 <= now } ?? false
    }

    /// Something is to be done at a time on the server's clock.
    mutating func wakes(_ time: Date?, _ loop: LeaderLoop) {
        guard let time else { return }
        let moment = loop.host.now + max(.seconds(time.timeIntervalSince(loop.clock.now)), .milliseconds(1))
        wakeDue = min(wakeDue ?? moment, moment)
    }

    /// A DAG had its turn. What is remembered is bounded: of ten thousand DAGs who comes first does not matter.
    mutating func hadTurn(_ dagId: String) {
        if turns.count >= 10_000 { turns = [:] }
        turnsTaken += 1
        turns[dagId] = turnsTaken
    }

    /// Look at the nodes at once.
    mutating func lookSoon(_ now: ContinuousClock.Instant) { lookDue = now }

    /// Sessions that live, as far as is known.
    private var living: Set<String> { Set(nodes.lazy.filter(\.isAlive).map(\.session)) }

    /// Whether somebody came or went since all that is owned was read, or has to be declared dead.
    var calls: Bool { audited != living || nodes.contains { $0.isAlive && $0.isExpired } }

    /// Whether any node may be given something.
    var hasRoom: Bool { nodes.contains { $0.takesWork && (loads[$0.session] ?? 0) < $0.node.capacity } }

    /// Who may be given work, with what each has.
    var candidates: [DispatchPlan.Candidate] {
        nodes.filter(\.takesWork).map { DispatchPlan.Candidate($0, load: loads[$0.session] ?? 0) }
    }
}

import Logging
import Workflow

/// What the leader does while it leads: keeps the definitions current, moves the work of dead nodes, and gives out what nobody owns.
///
/// A tick does what is due and nothing else, so that an idle leader costs next to nothing and a busy one reads what it must: a *look* at the nodes when a lease could be over, an *audit* of all
/// that is owned when nodes came or went, and a read of the queue when somebody said that there is something in it; each also now and then unasked, since hints may be lost. Between them the
/// leader goes by its `LeaderPicture`. All that it writes is a compare-and-set, so a leader that has been replaced and does not know it, or two at once, or one whose picture is old, do no harm.
struct LeaderLoop: Sendable {
    let store: any Store
    let keeper: any Keeper
    let definitions: DefinitionCache
    let dagSync: DagSync?
    let configuration: NodeConfiguration
    let logger: Logger
    let bell: LeaderBell
    let host: any Host
    /// The leader's own session, and what tells its worker of runs: nobody has to be told through the store what the process knows.
    let ownSession: String
    let hintWorker: @Sendable ([String]) -> Void
    /// The same for commands.
    let commandWorker: @Sendable ([String]) -> Void
    /// The server's time, as the session knows it.
    let clock: ServerClock

    /// The most instances given out in one tick; a full tick is followed by the next at once.
    static let tickLimit = 500
    /// The most instances given out in one write, and how many such writes are under way at once.
    static let stepLimit = 100
    static let stepsAtOnce = 2
    /// The most pages of the queue looked at in one tick.
    static let pageLimit = 20
    /// A full page of this many DAGs at most may hide those of others.
    static let fewDags = 20
    /// The most DAGs that may be paused.
    static let pausedLimit = 10_000
    /// The most commands read at once, and the most that are sent to make room for others in one tick.
    static let commandLimit = 500
    static let cancelLimit = 100
    /// The most runs that a hint names; of more, whoever is hinted looks at all that it has.
    static let namesLimit = 100

    /// Ticks until it is cancelled.
    func run() async {
        var backoff = Backoff(host)
        var picture = LeaderPicture(now: host.now)
        var syncDue = host.now
        while !Task.isCancelled {
            do {
                if let dagSync, syncDue <= host.now {
                    await dagSync.syncChanged()
                    syncDue = host.now + (configuration.dagWatchInterval ?? configuration.watchInterval)
                }
                let isMore = try await tick(&picture)
                backoff.reset()
                if !isMore { await bell.wait(until: dagSync == nil ? picture.due : min(picture.due, syncDue)) }
            } catch {
                if Task.isCancelled { return }
                logger.warning("a leader's tick failed", metadata: ["error": "\(error)"])
                // What became of it is not known, and what it was told is forgotten: look at everything.
                (picture.auditDue, picture.commandsDue, picture.next) = (host.now, host.now, nil)
                picture.mustReadDue = true
                await backoff.wait()
            }
        }
    }

    /// Does what is due.
    /// - Returns: whether there may be more to do at once.
    func tick(_ picture: inout LeaderPicture) async throws -> Bool {
        let calls = bell.take()
        let now = host.now
        var mustAudit = picture.auditDue <= now || calls.isNodes
        let isFirst = picture.audited == nil
        var didNodesChange = false
        if !mustAudit, picture.lookDue <= now {
            picture.saw(try await keeper.nodes(), at: host.now)
            didNodesChange = picture.calls
            mustAudit = didNodesChange
        }
        if mustAudit { try await audit(&picture) }
        let isPollDue = picture.pollDue <= now
        // Not with an audit that is made just to be sure: a poll comes as often.
        let haveNodesChanged = mustAudit && (isFirst || calls.isNodes || didNodesChange)
        if haveNodesChanged || isPollDue || calls.isCommands || picture.isDue(\.commandsDue, now) {
            picture.pausedDags = Set(try await store.pausedDags(limit: Self.pausedLimit))
            try await takeInCommands(&picture)
        }
        let isAsked = calls.isDispatch || calls.isCommands || picture.isDue(\.roomDue, now) || picture.isDue(\.wakeDue, now)
        guard mustAudit || isAsked || isPollDue || picture.isMore else { return false }
        if isPollDue || picture.isDue(\.wakeDue, now) { picture.mustReadDue = true }
        let isMore = try await giveOut(&picture, isAudited: mustAudit)
        // Nobody says again what was said of all of it.
        picture.isMore = isMore
        return isMore
    }

    /// Reads all that is owned, declares dead whose lease is over, and moves what they owned.
    func audit(_ picture: inout LeaderPicture) async throws {
        // The order matters: an instance that is read as owned by a session which is not among the nodes read later is an orphan.
        let owned = try await store.owned()
        picture.saw(try await keeper.nodes(), at: host.now)
        let watch = WatchDogPlan(ownedSessions: [], nodes: picture.nodes.map(WatchDogPlan.Node.init))
        for dead in watch.toDeclareDead { try await declareDead(dead, &picture) }
        picture.hasAudited(owned)
        let plan = WatchDogPlan(ownedSessions: owned.map(\.session), nodes: picture.nodes.map(WatchDogPlan.Node.init))
        let orphans = plan.orphans.map { owned[$0] }
        var moved = 0
        if !orphans.isEmpty {
            moved = try await dispatch(try await wanting(orphans), &picture).assigned.count
        }
        // What could not be moved is tried again soon.
        let pause = moved == orphans.count ? configuration.auditInterval * host.random(in: 0.75...1.25) : configuration.watchInterval
        picture.auditDue = host.now + pause
    }

    /// Gives out what waits. Where there is no room by what is known, the loads are read afresh, unless they just were.
    func giveOut(_ picture: inout LeaderPicture, isAudited: Bool) async throws -> Bool {
        // What is given out by an old picture may go to somebody who has gone: it is given without delay, and the look follows.
        let isOld = picture.seenAt.map { host.now - $0 > configuration.watchInterval } ?? true
        var (isMore, wantsRoom) = try await dispatchQueue(&picture)
        if wantsRoom, !isAudited {
            let began = host.now
            if let rest = picture.restUntil, began < rest {
                picture.roomDue = rest
                return false
            }
            try await audit(&picture)
            // A full cluster says that it has room at every end of a run; reading what it owns must not become all that the leader does.
            picture.restUntil = host.now + min((host.now - began) * 4, configuration.watchInterval)
            (isMore, wantsRoom) = try await dispatchQueue(&picture)
        } else if isOld {
            picture.lookSoon(host.now)
        }
        picture.roomDue = wantsRoom ? host.now + configuration.watchInterval : nil
        return isMore
    }

    func report(_ unreadable: [UnreadableDocument], _ picture: inout LeaderPicture) {
        if picture.reported.count > 10_000 { picture.reported = [] }
        for document in unreadable where picture.reported.insert(document.id).inserted {
            logger.error("a run does not decode and is left alone", metadata: ["id": "\(document.id)", "problem": "\(document.problem)"])
        }
    }

    func declareDead(_ node: WatchDogPlan.Node, _ picture: inout LeaderPicture) async throws {
        CrashPoint.beforeDeclareDead.reached()
        guard try await keeper.declareDead(key: node.key, session: node.session) else { return }
        CrashPoint.afterDeclareDead.reached()
        logger.notice("a node is dead", metadata: ["node": "\(node.key)", "session": "\(node.session)"])
        picture.isDead(node.session)
    }
}

extension WatchDogPlan.Node {
    init(_ status: NodeStatus) {
        self.init(key: status.node.key, session: status.session, isAlive: status.isAlive, isExpired: status.isExpired)
    }
}

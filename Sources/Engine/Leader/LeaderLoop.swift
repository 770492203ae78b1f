import Logging
public import Workflow

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

    /// The most instances given out in one tick; a full tick is followed by the next at once.
    static let tickLimit = 500
    /// The most instances given out in one write, and how many such writes are under way at once.
    static let stepLimit = 100
    static let stepsAtOnce = 2
    /// The most pages of the queue looked at in one tick.
    static let pageLimit = 20
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
                    syncDue = host.now + configuration.watchInterval
                }
                let isMore = try await tick(&picture)
                backoff.reset()
                if !isMore { await bell.wait(until: dagSync == nil ? picture.due : min(picture.due, syncDue)) }
            } catch {
                if Task.isCancelled { return }
                logger.warning("a leader's tick failed", metadata: ["error": "\(error)"])
                // What became of it is not known, and what it was told is forgotten: look at everything.
                (picture.auditDue, picture.next) = (host.now, nil)
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
        if !mustAudit, picture.lookDue <= now {
            picture.saw(try await keeper.nodes(), at: host.now)
            mustAudit = picture.calls
        }
        if mustAudit { try await audit(&picture) }
        let isRoomDue = picture.roomDue.map { $0 <= now } ?? false
        guard mustAudit || calls.isDispatch || isRoomDue || picture.pollDue <= now else { return false }
        let isMore = try await giveOut(&picture, isAudited: mustAudit)
        // Nobody says again what was said of all of it.
        if isMore { picture.pollDue = host.now }
        return isMore
    }

    /// Reads all that is owned, declares dead whose lease is over, and moves what they owned.
    private func audit(_ picture: inout LeaderPicture) async throws {
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
            var needs: [String: DagRequirements?] = [:]
            let wanting = try await wanting(orphans.map { DispatchPlan.Pending($0) }, versions: orphans.map(\.dagVersion), &needs)
            moved = try await dispatch(wanting, &picture).assigned
        }
        // What could not be moved is tried again soon.
        let pause = moved == orphans.count ? configuration.auditInterval * host.random(in: 0.75...1.25) : configuration.watchInterval
        picture.auditDue = host.now + pause
    }

    /// Gives out what waits. Where there is no room by what is known, the loads are read afresh, unless they just were.
    private func giveOut(_ picture: inout LeaderPicture, isAudited: Bool) async throws -> Bool {
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

    /// Gives out what waits, page by page: runs that nobody can take must not keep those behind them from being looked at.
    private func dispatchQueue(_ picture: inout LeaderPicture) async throws -> (isMore: Bool, wantsRoom: Bool) {
        picture.pollDue = host.now + configuration.pollInterval * host.random(in: 0.75...1.25)
        var needs: [String: DagRequirements?] = [:]
        var wantsRoom = false
        for _ in 0..<Self.pageLimit {
            guard picture.hasRoom else { return (false, true) }
            let page = try await store.pending(after: picture.next, limit: Self.tickLimit)
            report(page.unreadable, &picture)
            let wanting = try await wanting(
                page.elements.map { DispatchPlan.Pending($0) }, versions: page.elements.map(\.dagVersion), &needs)
            let result = try await dispatch(wanting, &picture)
            wantsRoom = wantsRoom || result.wantsRoom
            guard let next = page.next else {
                picture.next = nil
                return (false, wantsRoom)
            }
            // A full page that was given out leaves room at the head of the queue: begin there again.
            if result.assigned > 0 {
                picture.next = nil
                return (true, wantsRoom)
            }
            picture.next = next
        }
        // The queue is longer than what is looked at in one go, and nobody will say again what was said of all of it.
        picture.pollDue = min(picture.pollDue, host.now + configuration.watchInterval)
        return (false, wantsRoom)
    }

    private func report(_ unreadable: [UnreadableDocument], _ picture: inout LeaderPicture) {
        if picture.reported.count > 10_000 { picture.reported = [] }
        for document in unreadable where picture.reported.insert(document.id).inserted {
            logger.error("a run does not decode and is left alone", metadata: ["id": "\(document.id)", "problem": "\(document.problem)"])
        }
    }

    /// Fills in what each DAG needs. One whose definition is missing or does not decode waits; it keeps nobody else waiting.
    private func wanting(
        _ pending: [DispatchPlan.Pending], versions: [String], _ needs: inout [String: DagRequirements?]
    ) async throws -> [DispatchPlan.Pending] {
        var filled = pending
        for (index, version) in versions.enumerated() {
            let key = Dag.versionKey(id: pending[index].dagId, version: version)
            if needs[key] == nil { needs.updateValue(try await requirements(of: pending[index].dagId, version), forKey: key) }
            filled[index].requirements = needs[key] ?? nil
        }
        return filled
    }

    private func requirements(of dagId: String, _ version: String) async throws -> DagRequirements? {
        do { return try await definitions.definition(id: dagId, version: version)?.dag.requirements } catch let error as StoreError
            where error.kind == .malformed
        {
            logger.error(
                "a definition does not decode, its runs wait", metadata: ["dag": "\(dagId)", "version": "\(version)", "error": "\(error)"])
            return nil
        }
    }

    private func declareDead(_ node: WatchDogPlan.Node, _ picture: inout LeaderPicture) async throws {
        CrashPoint.beforeDeclareDead.reached()
        guard try await keeper.declareDead(key: node.key, session: node.session) else { return }
        CrashPoint.afterDeclareDead.reached()
        logger.notice("a node is dead", metadata: ["node": "\(node.key)", "session": "\(node.session)"])
        picture.isDead(node.session)
    }

    private func dispatch(
        _ wanting: [DispatchPlan.Pending], _ picture: inout LeaderPicture
    ) async throws -> (assigned: Int, wantsRoom: Bool) {
        let plan = DispatchPlan(pending: wanting, candidates: picture.candidates, turn: picture.turn)
        for waiting in plan.waiting.prefix(10) {
            logger.debug("a run waits", metadata: ["run": "\(waiting.id)", "reason": "\(waiting.reason)"])
        }
        guard !plan.assignments.isEmpty else { return (0, plan.wantsRoom) }
        // In steps, so that the first are at work while the others are being given out.
        var steps = stride(from: 0, to: plan.assignments.count, by: Self.stepLimit).map { start in
            Array(plan.assignments[start..<min(start + Self.stepLimit, plan.assignments.count)])
        }[...]
        let done = try await withThrowingTaskGroup(of: [DispatchPlan.Assignment].self) { group in
            for _ in 0..<Self.stepsAtOnce {
                if let step = steps.popFirst() { group.addTask { try await assign(step) } }
            }
            var done: [DispatchPlan.Assignment] = []
            while let some = try await group.next() {
                done += some
                if let step = steps.popFirst() { group.addTask { try await assign(step) } }
            }
            return done
        }
        for assignment in done { picture.loads[assignment.session, default: 0] += 1 }
        picture.turn &+= done.count
        return (done.count, plan.wantsRoom)
    }

    /// Gives runs out and wakes who got them.
    /// - Returns: those that took place.
    private func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [DispatchPlan.Assignment] {
        CrashPoint.beforeAssign.reached()
        let results: [Bool]
        do { results = try await store.assign(assignments) } catch {
            // Some of it may have taken place: those who may have got something look at all that they have.
            await tell(assignments, names: false)
            throw error
        }
        CrashPoint.afterAssign.reached()
        let done = zip(assignments, results).filter(\.1).map(\.0)
        for assignment in done where assignment.isAdoption {
            logger.notice("moved a run from a dead node", metadata: ["run": "\(assignment.id)", "to": "\(assignment.worker)"])
        }
        await tell(done)
        return done
    }

    /// Wakes those who were given something, each once.
    private func tell(_ assignments: [DispatchPlan.Assignment], names isNaming: Bool = true) async {
        let names = Dictionary(grouping: assignments, by: \.session).mapValues {
            isNaming && $0.count <= Self.namesLimit ? $0.map(\.id) : []
        }
        if let own = names[ownSession] { hintWorker(own) }
        let others = names.filter { $0.key != ownSession }.sorted { $0.key < $1.key }
        if !others.isEmpty { await keeper.signal(others.map { .assigned(session: $0.key, runs: $0.value) }) }
    }
}

extension WatchDogPlan.Node {
    init(_ status: NodeStatus) {
        self.init(key: status.node.key, session: status.session, isAlive: status.isAlive, isExpired: status.isExpired)
    }
}

extension DispatchPlan.Candidate {
    /// A node as somebody who may be given work.
    public init(_ status: NodeStatus, load: Int) {
        self.init(
            key: status.node.key, session: status.session, actions: Set(status.node.actions), flows: Set(status.node.flows),
            capacity: status.node.capacity, load: load)
    }
}

extension DispatchPlan.Pending {
    init(_ orphan: OwnedInstance) {
        self.init(
            id: orphan.id, dagId: orphan.dagId, version: orphan.version, status: orphan.status, session: orphan.session,
            runEpoch: orphan.runEpoch, requirements: nil)
    }

    init(_ instance: DagInstance) {
        self.init(
            id: instance.id, dagId: instance.dagId, version: instance.version, status: instance.status, session: nil,
            runEpoch: instance.runEpoch, requirements: nil)
    }
}

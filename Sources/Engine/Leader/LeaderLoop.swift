import Logging
public import Workflow

/// What the leader does while it leads: keeps the definitions current, moves the work of dead nodes, and gives out what nobody owns.
///
/// Each tick reads the state and acts on it; nothing is remembered from one tick to the next but definitions, which never change. All that it writes is a compare-and-set, so a leader that has
/// been replaced and does not know it, or two at once, do no harm.
struct LeaderLoop: Sendable {
    let store: any Store
    let keeper: any Keeper
    let definitions: DefinitionCache
    let dagSync: DagSync?
    let configuration: NodeConfiguration
    let logger: Logger
    let wake: WakeSignal

    /// The most instances given out in one tick; a full tick is followed by the next at once.
    static let tickLimit = 1_000

    /// Ticks until it is cancelled.
    func run() async {
        var backoff = Backoff()
        var turn = 0
        while !Task.isCancelled {
            do {
                try await dagSync?.syncChanged()
                let isFull = try await tick(&turn)
                backoff = Backoff()
                if !isFull { await wake.wait(until: .now + configuration.watchInterval * Double.random(in: 0.75...1.25)) }
            } catch {
                if Task.isCancelled { return }
                logger.warning("a leader's tick failed", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    /// One look at everything, and what follows from it.
    /// - Parameter turn: how many instances this leader has given out.
    /// - Returns: whether there may be more to do at once.
    func tick(_ turn: inout Int) async throws -> Bool {
        // The order matters: an instance that is read as owned by a session which is not among the nodes read later is an orphan.
        let owned = try await store.owned()
        var nodes = try await keeper.nodes()
        let watch = WatchDogPlan(ownedSessions: owned.map(\.session), nodes: nodes.map(WatchDogPlan.Node.init))
        for dead in watch.toDeclareDead { try await declareDead(dead, &nodes) }
        let orphans = WatchDogPlan(ownedSessions: owned.map(\.session), nodes: nodes.map(WatchDogPlan.Node.init)).orphans.map { owned[$0] }
        let pending = try await store.pending(limit: Self.tickLimit)
        for unreadable in pending.unreadable {
            logger.error("a run does not decode and is left alone", metadata: ["id": "\(unreadable.id)", "problem": "\(unreadable.problem)"])
        }
        guard !orphans.isEmpty || !pending.elements.isEmpty else { return false }
        let assigned = try await dispatch(orphans, pending.elements, nodes, owned, turn)
        turn &+= assigned
        return assigned > 0 && pending.elements.count >= Self.tickLimit
    }

    private func declareDead(_ node: WatchDogPlan.Node, _ nodes: inout [NodeStatus]) async throws {
        guard try await keeper.declareDead(key: node.key, session: node.session) else { return }
        logger.notice("a node is dead", metadata: ["node": "\(node.key)", "session": "\(node.session)"])
        for index in nodes.indices where nodes[index].session == node.session { nodes[index].isAlive = false }
    }

    private func dispatch(
        _ orphans: [OwnedInstance], _ pending: [DagInstance], _ nodes: [NodeStatus], _ owned: [OwnedInstance], _ turn: Int
    ) async throws -> Int {
        var wanting: [DispatchPlan.Pending] = []
        for orphan in orphans {
            let needs = try await definitions.dag(id: orphan.dagId, version: orphan.dagVersion)?.requirements
            wanting.append(DispatchPlan.Pending(orphan, requirements: needs))
        }
        for instance in pending {
            let needs = try await definitions.dag(id: instance.dagId, version: instance.dagVersion)?.requirements
            wanting.append(DispatchPlan.Pending(instance, requirements: needs))
        }
        let loads = Dictionary(owned.compactMap(\.session).map { ($0, 1) }, uniquingKeysWith: +)
        let candidates = nodes.filter(\.takesWork).map { DispatchPlan.Candidate($0, load: loads[$0.session] ?? 0) }
        let plan = DispatchPlan(pending: wanting, candidates: candidates, turn: turn)
        for waiting in plan.waiting.prefix(10) {
            logger.debug("a run waits", metadata: ["run": "\(waiting.id)", "reason": "\(waiting.reason)"])
        }
        guard !plan.assignments.isEmpty else { return 0 }
        let results = try await store.assign(plan.assignments)
        let done = zip(plan.assignments, results).filter(\.1).map(\.0)
        for assignment in done where assignment.isAdoption {
            logger.notice("moved a run from a dead node", metadata: ["run": "\(assignment.id)", "to": "\(assignment.worker)"])
        }
        await keeper.signal(Set(done.map(\.session)).map { .assigned(session: $0) })
        return done.count
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
    init(_ orphan: OwnedInstance, requirements: DagRequirements?) {
        self.init(
            id: orphan.id, dagId: orphan.dagId, version: orphan.version, status: orphan.status, session: orphan.session,
            runEpoch: orphan.runEpoch, requirements: requirements)
    }

    init(_ instance: DagInstance, requirements: DagRequirements?) {
        self.init(
            id: instance.id, dagId: instance.dagId, version: instance.version, status: instance.status, session: nil,
            runEpoch: instance.runEpoch, requirements: requirements)
    }
}

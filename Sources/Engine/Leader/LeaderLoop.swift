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
    let host: any Host

    /// The most instances given out in one tick; a full tick is followed by the next at once.
    static let tickLimit = 1_000

    /// Ticks until it is cancelled.
    func run() async {
        var backoff = Backoff(host)
        var place = Place()
        while !Task.isCancelled {
            do {
                await dagSync?.syncChanged()
                let isMore = try await tick(&place)
                backoff.reset()
                if !isMore { await wake.wait(until: host.now + configuration.watchInterval * host.random(in: 0.75...1.25)) }
            } catch {
                if Task.isCancelled { return }
                logger.warning("a leader's tick failed", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    /// Where the leader is, from one tick to the next.
    struct Place {
        /// How many instances it has given out: whose turn it is among idle nodes.
        var turn = 0
        /// Where to go on in the queue, where the head of it is longer than a tick and cannot be given to anybody.
        var next: String?
        /// Documents that were reported already.
        var reported: Set<String> = []
    }

    /// The most pages of the queue looked at in one tick.
    static let pageLimit = 20

    /// One look at everything, and what follows from it.
    /// - Returns: whether there may be more to do at once.
    func tick(_ place: inout Place) async throws -> Bool {
        // The order matters: an instance that is read as owned by a session which is not among the nodes read later is an orphan.
        let owned = try await store.owned()
        var nodes = try await keeper.nodes()
        let watch = WatchDogPlan(ownedSessions: owned.map(\.session), nodes: nodes.map(WatchDogPlan.Node.init))
        for dead in watch.toDeclareDead { try await declareDead(dead, &nodes) }
        let orphans = WatchDogPlan(ownedSessions: owned.map(\.session), nodes: nodes.map(WatchDogPlan.Node.init)).orphans.map { owned[$0] }
        var loads = Dictionary(owned.compactMap(\.session).map { ($0, 1) }, uniquingKeysWith: +)
        var needs: [String: DagRequirements?] = [:]
        if !orphans.isEmpty {
            let wanting = try await wanting(orphans.map { DispatchPlan.Pending($0) }, versions: orphans.map(\.dagVersion), &needs)
            _ = try await dispatch(wanting, nodes, &loads, &place)
        }
        return try await dispatchQueue(nodes, &loads, &needs, &place)
    }

    /// Gives out what waits, page by page: runs that nobody can take must not keep those behind them from being looked at.
    private func dispatchQueue(
        _ nodes: [NodeStatus], _ loads: inout [String: Int], _ needs: inout [String: DagRequirements?], _ place: inout Place
    ) async throws -> Bool {
        for _ in 0..<Self.pageLimit {
            guard nodes.contains(where: { $0.takesWork && (loads[$0.session] ?? 0) < $0.node.capacity }) else { return false }
            let page = try await store.pending(after: place.next, limit: Self.tickLimit)
            report(page.unreadable, &place)
            let wanting = try await wanting(
                page.elements.map { DispatchPlan.Pending($0) }, versions: page.elements.map(\.dagVersion), &needs)
            let assigned = try await dispatch(wanting, nodes, &loads, &place)
            guard let next = page.next else {
                place.next = nil
                return false
            }
            // A full page that was given out leaves room at the head of the queue: begin there again.
            if assigned > 0 {
                place.next = nil
                return true
            }
            place.next = next
        }
        return false
    }

    private func report(_ unreadable: [UnreadableDocument], _ place: inout Place) {
        if place.reported.count > 10_000 { place.reported = [] }
        for document in unreadable where place.reported.insert(document.id).inserted {
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

    private func declareDead(_ node: WatchDogPlan.Node, _ nodes: inout [NodeStatus]) async throws {
        CrashPoint.beforeDeclareDead.reached()
        guard try await keeper.declareDead(key: node.key, session: node.session) else { return }
        CrashPoint.afterDeclareDead.reached()
        logger.notice("a node is dead", metadata: ["node": "\(node.key)", "session": "\(node.session)"])
        for index in nodes.indices where nodes[index].session == node.session { nodes[index].isAlive = false }
    }

    private func dispatch(
        _ wanting: [DispatchPlan.Pending], _ nodes: [NodeStatus], _ loads: inout [String: Int], _ place: inout Place
    ) async throws -> Int {
        let candidates = nodes.filter(\.takesWork).map { DispatchPlan.Candidate($0, load: loads[$0.session] ?? 0) }
        let plan = DispatchPlan(pending: wanting, candidates: candidates, turn: place.turn)
        for waiting in plan.waiting.prefix(10) {
            logger.debug("a run waits", metadata: ["run": "\(waiting.id)", "reason": "\(waiting.reason)"])
        }
        guard !plan.assignments.isEmpty else { return 0 }
        CrashPoint.beforeAssign.reached()
        let results = try await store.assign(plan.assignments)
        CrashPoint.afterAssign.reached()
        let done = zip(plan.assignments, results).filter(\.1).map(\.0)
        for assignment in done {
            loads[assignment.session, default: 0] += 1
            guard assignment.isAdoption else { continue }
            logger.notice("moved a run from a dead node", metadata: ["run": "\(assignment.id)", "to": "\(assignment.worker)"])
        }
        place.turn &+= done.count
        await keeper.signal(Set(done.map(\.session)).sorted().map { .assigned(session: $0) })
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

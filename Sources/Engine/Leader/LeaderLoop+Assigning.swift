import Logging
public import Workflow

/// Carrying out a plan.
extension LeaderLoop {
    /// Gives runs to nodes that can take them.
    func dispatch(
        _ wanting: [DispatchPlan.Pending], _ picture: inout LeaderPicture
    ) async throws -> (assigned: [DispatchPlan.Assignment], wantsRoom: Bool) {
        let plan = DispatchPlan(pending: wanting, candidates: picture.candidates, turn: picture.turn)
        for waiting in plan.waiting.prefix(10) {
            logger.debug("a run waits", metadata: ["run": "\(waiting.id)", "reason": "\(waiting.reason)"])
        }
        guard !plan.assignments.isEmpty else { return ([], plan.wantsRoom) }
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
        return (done, plan.wantsRoom)
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

extension DispatchPlan.Candidate {
    /// A node as somebody who may be given work.
    public init(_ status: NodeStatus, load: Int) {
        self.init(
            key: status.node.key, session: status.session, actions: Set(status.node.actions), flows: Set(status.node.flows),
            labels: status.node.labels, capacity: status.node.capacity, load: load)
    }
}

extension DispatchPlan.Pending {
    init(_ orphan: OwnedInstance, _ requirements: DagRequirements?) {
        self.init(
            id: orphan.id, dagId: orphan.dagId, version: orphan.version, status: orphan.status, session: orphan.session,
            runEpoch: orphan.runEpoch, requirements: requirements)
    }

    init(_ instance: DagInstance, _ requirements: DagRequirements?) {
        self.init(
            id: instance.id, dagId: instance.dagId, version: instance.version, status: instance.status, session: nil,
            runEpoch: instance.runEpoch, requirements: requirements)
    }
}

extension DagInstance {
    var versionKey: String { Dag.versionKey(id: dagId, version: dagVersion) }
}

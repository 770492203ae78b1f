public import Workflow

extension Commander {
    /// Runs that tasks wait for are looked at, this many at most.
    private static let childLimit = 100

    /// What a run waits for, and each of its tasks that is not over.
    public func why(_ id: String) async throws -> RunExplanation { try await explain(try await show(id)) }

    /// The same for a run as it was read.
    public func explain(_ details: RunDetails) async throws -> RunExplanation {
        let instance = details.instance
        let statuses = try await keeper.nodes()
        let alive = statuses.filter { $0.isAlive && !$0.isExpired }
        let children = details.tasks.filter { $0.status == .parked }.compactMap { $0.history?.childRun }
        let found = children.isEmpty ? [] : try await store.instances(ids: Array(children.prefix(Self.childLimit))).elements
        let picture = RunPicture(
            instance: instance, dag: details.dag, documents: details.tasks.filter { $0.attempt > 0 || $0.status != .`init` },
            nodes: try await liveNodes(
                alive, withLoads: instance.status == .`init` || details.dag?.tasks.contains(where: \.isPlaced) == true),
            ownerIsAlive: alive.contains { $0.session == instance.session }, hasLeader: try await keeper.leader() != nil,
            commands: try await store.openCommands(of: [instance.id], limit: 100),
            isDagPaused: try await isDagPaused(details), runsUnderWay: try await runsUnderWay(details),
            pools: try await pools(of: details),
            children: Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
        return RunExplanation(picture)
    }

    /// Why a run that nobody owns does not go on, in words; `nil` if somebody does, or it does not wait for long.
    public func whyWaiting(_ details: RunDetails) async throws -> String? {
        guard details.instance.status == .`init` || details.instance.status == .parked else { return nil }
        return try await explain(details).run.first { $0 != .dispatch }?.text
    }

    /// What a run would do. Nothing is submitted.
    /// - Throws: `CommandError` where the run would be refused for its definition or variables.
    public func preview(_ request: RunRequest) async throws -> (version: String, preview: RunPreview) {
        let record = try await definition(of: request)
        let instance = try Self.instance(for: request, of: record, at: Self.now())
        guard let dag = record?.dag else {
            throw CommandError(.notFound, "there is no DAG '\(request.dagId)' (commander dag list shows those that there are)")
        }
        let alive = try await keeper.nodes().filter { $0.isAlive && !$0.isExpired }
        do {
            return (instance.dagVersion, try RunPreview(dag, vars: instance.vars, nodes: try await liveNodes(alive, withLoads: true)))
        } catch let error as TaskGraphError {
            throw CommandError(.refused, "\(error)")
        }
    }

    private func isDagPaused(_ details: RunDetails) async throws -> Bool {
        guard details.instance.status == .`init`, details.instance.startedAt == nil else { return false }
        return try await store.dag(id: details.instance.dagId)?.isPaused ?? false
    }

    private func pools(of details: RunDetails) async throws -> [String: RunPicture.Pool] {
        guard !details.instance.status.isFinal, details.dag?.allTasks.contains(where: { $0.pool != nil }) == true else { return [:] }
        let pools = try await pools().map { ($0.pool.name, RunPicture.Pool(slots: $0.pool.slots, used: $0.holders.count)) }
        return Dictionary(pools, uniquingKeysWith: { first, _ in first })
    }

    private func runsUnderWay(_ details: RunDetails) async throws -> Int? {
        guard details.instance.status == .`init`, let limit = details.dag?.maxConcurrentRuns else { return nil }
        return try await store.activeRuns(of: details.instance.dagId, limit: limit).count
    }

    private func liveNodes(_ statuses: [NodeStatus], withLoads: Bool) async throws -> [LiveNode] {
        var loads: [String: Int] = [:]
        if withLoads { for owned in try await store.owned() { if let session = owned.session { loads[session, default: 0] += 1 } } }
        return statuses.map { status in
            LiveNode(
                key: status.node.key, actions: Set(status.node.actions), flows: Set(status.node.flows), labels: status.node.labels,
                capacity: status.node.capacity, load: loads[status.session, default: 0], isDraining: status.isDraining)
        }
    }
}

import Workflow

/// Commands: the owner of a run is told of its own; those of runs that nobody owns are taken in.
extension LeaderLoop {
    /// Looks at all commands that are open.
    func takeInCommands(_ picture: inout LeaderPicture) async throws {
        picture.commandsDue = nil
        var after: String?
        var toTell: [String: Set<String>] = [:]
        for _ in 0..<Self.pageLimit {
            let page = try await store.openCommands(after: after, limit: Self.commandLimit)
            report(page.unreadable, &picture)
            guard !page.elements.isEmpty else { break }
            if try await takeIn(page.elements, &toTell, &picture) == false {
                // Somebody else changed a run in between.
                picture.commandsDue = host.now + configuration.watchInterval
            }
            after = page.next
            if after == nil { break }
        }
        if after != nil { picture.commandsDue = host.now + configuration.watchInterval }
        await tell(toTell)
    }

    /// - Returns: whether nothing came in between.
    private func takeIn(
        _ records: [CommandRecord], _ toTell: inout [String: Set<String>], _ picture: inout LeaderPicture
    ) async throws -> Bool {
        let commands = Dictionary(grouping: records, by: \.command.run)
        let ids = commands.keys.sorted()
        let page = try await store.instances(ids: ids)
        report(page.unreadable, &picture)
        let runs = Dictionary(page.elements.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let unreadable = Set(page.unreadable.map(\.id))
        var (settled, decided): ([CommandRecord], [(run: DagInstance, plan: UnownedCommands)]) = ([], [])
        for id in ids {
            guard let run = runs[id] else {
                if !unreadable.contains(id) { settled += refused(commands[id] ?? [], "there is no run '\(id)'") }
                continue
            }
            if run.status.isOwned, let session = run.session {
                toTell[session, default: []].insert(id)
            } else if let plan = try await plan(commands[id] ?? [], run) {
                decided.append((run, plan))
            }
        }
        let changed = decided.compactMap { one in one.plan.amended.map { Amendment($0, expected: one.run.version) } }
        let isDone = Dictionary(zip(changed.map(\.instance.id), try await store.amend(changed)), uniquingKeysWith: { first, _ in first })
        for (run, plan) in decided where isDone[run.id] ?? true { settled += plan.settled }
        try await store.settle(settled)
        return !isDone.values.contains(false)
    }

    /// - Returns: `nil` where the definition cannot be read: the commands wait.
    private func plan(_ open: [CommandRecord], _ run: DagInstance) async throws -> UnownedCommands? {
        guard let definition = try await definition(run.dagId, run.dagVersion), let graph = try? definition.graph.get() else { return nil }
        let tasks = run.runEpoch == 0 ? [] : try await store.tasks(of: run.id, runEpoch: run.runEpoch)
        return UnownedCommands(open, on: run, dag: definition.dag, graph: graph, tasks: tasks, now: clock.now)
    }

    private func refused(_ open: [CommandRecord], _ why: String) -> [CommandRecord] {
        open.map { CommandRecord($0.command, status: .refused, result: why, settledAt: clock.now) }
    }

    /// Tells owners of commands for their runs.
    private func tell(_ runs: [String: Set<String>]) async {
        let names = runs.mapValues { $0.count <= Self.namesLimit ? $0.sorted() : [] }
        if let own = names[ownSession] { commandWorker(own) }
        let others = names.filter { $0.key != ownSession }.sorted { $0.key < $1.key }
        if !others.isEmpty { await keeper.signal(others.map { .commanded(session: $0.key, runs: $0.value) }) }
    }
}

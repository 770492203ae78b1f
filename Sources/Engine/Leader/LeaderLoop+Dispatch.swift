import Logging
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Giving runs to nodes.
extension LeaderLoop {
    /// Gives out what waits, page by page: runs that nobody can take must not keep those behind them from being looked at.
    func dispatchQueue(_ picture: inout LeaderPicture) async throws -> (isMore: Bool, wantsRoom: Bool) {
        picture.pollDue = host.now + configuration.pollInterval * host.random(in: 0.75...1.25)
        var wantsRoom = picture.mustReadDue ? try await wake(&picture) : false
        for _ in 0..<Self.pageLimit {
            guard picture.hasRoom else { return (false, true) }
            let page = try await store.pending(after: picture.next, limit: Self.tickLimit)
            report(page.unreadable, &picture)
            var waiting = page.elements
            if page.next != nil { waiting += try await others(than: waiting, &picture) }
            let result = try await giveOut(waiting, &picture)
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

    /// Runs of other DAGs than those of a full page, which may have thousands in front. Looking over a long queue has its price, so it is done now and then.
    private func others(than page: [DagInstance], _ picture: inout LeaderPicture) async throws -> [DagInstance] {
        guard picture.isDue(\.othersDue, host.now) || picture.othersDue == nil else { return [] }
        let dags = Set(page.map(\.dagId))
        guard dags.count <= Self.fewDags else { return [] }
        let began = host.now
        let others = try await store.pending(except: dags.sorted(), limit: Self.tickLimit)
        report(others.unreadable, &picture)
        // Where there are some they are wanted in the next tick too.
        if others.elements.isEmpty { picture.othersDue = host.now + max(configuration.watchInterval, (host.now - began) * 4) }
        return others.elements
    }

    /// Gives out runs that wait for their start, in fair order, as far as their DAGs let them start.
    private func giveOut(_ waiting: [DagInstance], _ picture: inout LeaderPicture) async throws -> (assigned: Int, wantsRoom: Bool) {
        guard !waiting.isEmpty else { return (0, false) }
        let order = FairOrder(waiting.map { FairOrder.Item(dagId: $0.dagId, priority: $0.priority) }, turns: picture.turns)
        let allowed = try await allowed(order.indices.map { waiting[$0] }, &picture)
        let result = try await dispatch(allowed.map(\.pending), &picture)
        let given = Set(result.assigned.map(\.id))
        for one in allowed where given.contains(one.run.id) { picture.hadTurn(one.run.dagId) }
        // A run that must start in time wakes the leader if it has not.
        for run in waiting where !given.contains(run.id) && run.runEpoch == 0 { picture.wakes(run.wakeAt, self) }
        return (result.assigned.count, result.wantsRoom)
    }

    /// Gives out runs whose time has come, and ends those that should have started by now.
    /// - Returns: whether some wait for room.
    private func wake(_ picture: inout LeaderPicture) async throws -> Bool {
        let now = clock.now
        let horizon = now.addingTimeInterval((configuration.pollInterval * 1.25) / .seconds(1))
        (picture.mustReadDue, picture.wakeDue) = (false, nil)
        var (wantsRoom, after): (Bool, String?) = (false, nil)
        for _ in 0..<Self.pageLimit {
            let page = try await store.due(until: horizon, after: after, limit: Self.tickLimit)
            report(page.unreadable, &picture)
            let due = DuePlan(page.elements, now: now)
            if !due.amendments.isEmpty { _ = try await store.amend(due.amendments.map { Amendment($0.run, expected: $0.expected) }) }
            let result = try await dispatch(try await wanting(due.waking), &picture)
            if result.assigned.count < due.waking.count {
                // Nobody has room for them, or can run them: they are still due.
                picture.wakeDue = host.now + configuration.watchInterval
                wantsRoom = wantsRoom || result.wantsRoom
            }
            if let next = due.next {
                picture.wakes(next, self)
                return wantsRoom
            }
            guard let next = page.next else { return wantsRoom }
            after = next
        }
        picture.wakeDue = host.now + configuration.watchInterval
        return wantsRoom
    }

    // MARK: What runs need

    /// Those that may start now, with what each needs. One whose definition is missing or does not decode waits; it keeps nobody else waiting.
    private func allowed(
        _ runs: [DagInstance], _ picture: inout LeaderPicture
    ) async throws -> [(run: DagInstance, pending: DispatchPlan.Pending)] {
        var dags: [String: Dag?] = [:]
        for run in runs where dags[run.versionKey] == nil {
            dags.updateValue(try await definition(run.dagId, run.dagVersion)?.dag, forKey: run.versionKey)
        }
        // What has begun goes on, and what stands for a task of another run is a part of that one.
        let isHeld = { [paused = picture.pausedDags] (run: DagInstance) in
            run.runEpoch == 0 && run.origin?.kind != .task && paused.contains(run.dagId)
        }
        let started = try await starting(runs.filter { !isHeld($0) }, dags, &picture)
        return started.map { run in
            let dag = dags[run.versionKey] ?? nil
            return (run, DispatchPlan.Pending(run, dag.flatMap { run.requirements($0) }))
        }
    }

    /// Those of some runs whose DAGs have room for them; carries out what becomes of the others.
    private func starting(
        _ runs: [DagInstance], _ dags: [String: Dag?], _ picture: inout LeaderPicture
    ) async throws -> [DagInstance] {
        var limited: [String: [Int]] = [:]
        for (index, run) in runs.enumerated() where run.origin?.kind != .task && (dags[run.versionKey] ?? nil)?.runLimit != nil {
            limited[run.dagId, default: []].append(index)
        }
        guard !limited.isEmpty else { return runs }
        var held = Set<Int>()
        for (dagId, indices) in limited.sorted(by: { $0.key < $1.key }) {
            guard let newest = runs[indices[indices.count - 1]].versionKey as String?, let dag = dags[newest] ?? nil,
                let limit = dag.runLimit
            else { continue }
            let active = try await store.activeRuns(of: dagId, limit: limit)
            let plan = OverlapPlan(
                indices.map { OverlapPlan.Waiting(id: runs[$0].id, wasStarted: runs[$0].runEpoch > 0) }, active: active, limit: limit,
                overlap: dag.overlap ?? .wait)
            held.formUnion(Set(indices).subtracting(plan.starting.map { indices[$0] }))
            try await skip(plan.skipped.map { (runs[indices[$0.index]], $0.reason) })
            if !plan.toCancel.isEmpty { try await makeRoom(plan.toCancel, for: runs[indices[plan.starting.count]], &picture) }
            // The end of a run is told to nobody here: look again soon.
            if plan.isWaiting { picture.wakes(clock.now.addingTimeInterval(configuration.watchInterval / .seconds(1)), self) }
        }
        return runs.indices.filter { !held.contains($0) }.map { runs[$0] }
    }

    private func skip(_ skipped: [(run: DagInstance, reason: String)]) async throws {
        guard !skipped.isEmpty else { return }
        let now = clock.now
        _ = try await store.amend(
            skipped.map { run, reason in
                var new = run
                (new.status, new.reason, new.endedAt, new.wakeAt, new.version) = (.canceled, reason, now, nil, run.version.nextEpoch)
                return Amendment(new, expected: run.version)
            })
    }

    /// Cancels runs, so that another of their DAG can start. A command has the same id each time, so it is given once.
    private func makeRoom(_ others: [String], for run: DagInstance, _ picture: inout LeaderPicture) async throws {
        for other in others.prefix(Self.cancelLimit) {
            let author = Author(by: "leader", reason: "the newer run '\(run.id)' takes its place (overlap: cancelOther)", at: clock.now)
            _ = try await store.submit(Command(id: "overlap-\(run.id)-\(other)", run: other, kind: .cancel, author: author))
        }
        picture.commandsDue = host.now
    }

    /// Runs that were under way, with what each needs.
    private func wanting(_ runs: [DagInstance]) async throws -> [DispatchPlan.Pending] {
        var wanting: [DispatchPlan.Pending] = []
        for run in runs {
            let dag = try await definition(run.dagId, run.dagVersion)?.dag
            wanting.append(DispatchPlan.Pending(run, dag.flatMap { run.requirements($0) }))
        }
        return wanting
    }

    /// Runs of dead nodes, with what each needs.
    func wanting(_ orphans: [OwnedInstance]) async throws -> [DispatchPlan.Pending] {
        var wanting: [DispatchPlan.Pending] = []
        for orphan in orphans {
            let dag = try await definition(orphan.dagId, orphan.dagVersion)?.dag
            let needs = orphan.task.map { task in dag?.requirements(ofTask: task) } ?? dag?.requirements
            wanting.append(DispatchPlan.Pending(orphan, needs))
        }
        return wanting
    }

    /// A definition; `nil` if there is none, or it does not decode, which is said once and keeps its runs waiting.
    func definition(_ dagId: String, _ version: String) async throws -> Definition? {
        do { return try await definitions.definition(id: dagId, version: version) } catch let error as StoreError
            where error.kind == .malformed
        {
            logger.error(
                "a definition does not decode, its runs wait", metadata: ["dag": "\(dagId)", "version": "\(version)", "error": "\(error)"])
            return nil
        }
    }
}

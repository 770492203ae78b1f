import Logging
import Workflow

/// All that a node does during one session, from joining to leaving.
struct NodeRun: Sendable {
    private let node: Node
    private let session: NodeSession
    private let stopping: StopRequest
    private let recorder: Recorder
    private let worker: Worker
    private let election: Election
    private let places: Places
    private let leaderBell: LeaderBell
    private let logger: Logger

    init(_ node: Node, _ session: NodeSession, _ stopping: StopRequest) {
        let configuration = node.configuration
        let (store, keeper, logger) = (node.store, node.keeper, node.logger)
        self.node = node
        self.session = session
        self.stopping = stopping
        self.logger = logger
        let (bell, standing) = (LeaderBell(node.host), Election.Standing())
        leaderBell = bell
        recorder = Recorder(store: store, worker: configuration.key, host: node.host, logger: logger)
        places = Places(configuration.concurrentTasks)
        let executor = Executor(
            registry: node.registry, places: places, blocking: BlockingThreads(count: configuration.blockingThreads), session: session,
            store: store, keeper: keeper, configuration: configuration, logger: logger)
        let worker = Worker(
            store: store, keeper: keeper, recorder: recorder, executor: executor, session: session, configuration: configuration,
            logger: logger,
            onRoom: { if standing.isLeading { bell.dispatch() } else { await keeper.signal([.dispatch]) } })
        self.worker = worker
        let known = KnownActions(builtIn: Set(node.registry.names))
        let sync = configuration.dagDirectory.map {
            DagSync(
                directory: $0, commander: Commander(store: store, keeper: keeper), known: known, limits: configuration.dagLimits,
                stopsRemoved: configuration.stopsRemovedDags, events: session.events, logger: logger)
        }
        election = Election(
            keeper: keeper, session: session,
            loop: LeaderLoop(
                store: store, keeper: keeper, definitions: DefinitionCache(store: store), dagSync: sync, configuration: configuration,
                logger: logger, bell: bell, host: node.host, ownSession: session.id, hintWorker: { worker.hint($0) },
                commandWorker: { worker.commanded($0) }, clock: session.clock),
            logger: logger, standing: standing, wake: WakeSignal(node.host))
    }

    /// Tells the worker of runs that are the session's.
    var hint: @Sendable ([String]) -> Void { { [worker] in worker.hint($0) } }

    /// Works until told to stop; then finishes what runs, hands the rest back, and leaves.
    /// - Throws: `SessionLost`; by then everything of the session has been given up.
    func run() async throws {
        if session.isDraining {
            // Whoever emptied the node wants it empty still. If this cannot be said now, the node takes work again, and `commander nodes` shows it.
            worker.setDraining(true)
            await drain()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let heartbeat = Heartbeat(
                keeper: node.keeper, session: session, logger: logger,
                onDraining: { [session, worker] isDraining in
                    session.isDraining = isDraining
                    worker.setDraining(isDraining)
                })
            group.addTask { try await heartbeat.renew() }
            group.addTask { try await heartbeat.watch() }
            group.addTask { await listen() }
            group.addTask { await election.run() }
            group.addTask { try await work() }
            defer { group.cancelAll() }
            // The heartbeat ends by throwing, hints and election only when cancelled; so the first to return is the work.
            try await group.next()
        }
        await leave()
    }

    /// The worker and the recorder, up to the graceful end.
    private func work() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await recorder.run()
                // Nothing more will be written: whoever still waits for its trace must not wait for ever.
                recorder.abandon()
            }
            group.addTask { await stopGracefully() }
            await worker.run()
            recorder.finish()
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func stopGracefully() async {
        await stopping.wait()
        if Task.isCancelled { return }
        logger.notice("stopping: nothing new is started", metadata: ["grace": "\(node.configuration.gracePeriod)"])
        await drain()
        worker.stop()
        await stopping.wait(for: .atOnce, atMost: node.configuration.gracePeriod)
        if Task.isCancelled { return }
        logger.warning("the grace period is over or was cut short: what still runs is given up")
        worker.stopRunning()
        // Until the work is done this child stays, so that the recorder is the one that `work` waits for.
        while !Task.isCancelled { try? await node.host.sleep(for: .seconds(3_600)) }
    }

    /// Tells the leader to give this node nothing more, before it lets go of what it has. Tries for a second at most.
    private func drain() async {
        var backoff = Backoff(node.host)
        let end = node.host.now + .seconds(1)
        while node.host.now < end, !Task.isCancelled {
            do {
                CrashPoint.beforeDrain.reached()
                try await node.keeper.drain(key: session.key, session: session.id)
                CrashPoint.afterDrain.reached()
                return await node.keeper.signal([.nodesChanged])
            } catch {
                logger.warning("the node could not be marked as draining", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    private func listen() async {
        let mutexes = node.keeper.localMutexes
        let isFirst = mutexes.beginListening()
        defer { if isFirst { mutexes.endListening() } }
        // The leader learns of a new node when it looks; this is sooner.
        await node.keeper.signal([.nodesChanged])
        await node.keeper.listen(session: session.id) { [worker, session, election] hint in
            switch hint {
            case .leaderGone: election.wake.raise()
            case .assigned(let id, let runs) where id == session.id: worker.hint(runs)
            case .commanded(let id, let runs) where id == session.id: worker.commanded(runs)
            case .assigned, .commanded, .commands, .dispatch, .nodesChanged: break
            case .unlocked(let key): mutexes.unlocked(key)
            }
        }
        // A source that has ended only costs latency: the node goes on by polling, and this child stays.
        while !Task.isCancelled { try? await node.host.sleep(for: .seconds(3_600)) }
    }

    /// Gives leadership and key back at once. Best effort: what is not given back runs out by itself.
    private func leave() async {
        CrashPoint.beforeHandBack.reached()
        await giveBack("what was assigned and never taken") { try await worker.handBackUntaken() }
        CrashPoint.afterHandBack.reached()
        if let term = election.standing.lastTerm {
            CrashPoint.beforeResign.reached()
            await giveBack("the leader's lease") { try await node.keeper.resign(session: session.id, term: term) }
        }
        CrashPoint.beforeLeave.reached()
        await giveBack("the key") { try await node.keeper.leave(key: session.key, session: session.id) }
        CrashPoint.afterLeave.reached()
        await node.keeper.signal(election.standing.lastTerm == nil ? [.nodesChanged] : [.leaderGone, .nodesChanged])
        logger.notice("left")
    }

    private func giveBack(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch {
            logger.warning("something could not be given back; it runs out by itself", metadata: ["what": "\(what)", "error": "\(error)"])
        }
    }
}

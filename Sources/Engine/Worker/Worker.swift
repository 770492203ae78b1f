import Logging
import Synchronization
import Workflow

/// The part of a node that runs instances: finds those that were assigned to its session, and keeps a runner for each.
///
/// Level-triggered: what the store lists for the session and memory lacks is taken, at start, on a hint and at a slow poll alike.
final class Worker: Sendable {
    private struct State {
        var runs: [String: LiveRun] = [:]
        /// Runs that this session let go of without a record.
        var dropped: Set<String> = []
        /// A run was let go of, or could not be taken yet: it is to be looked for soon, though nobody names it again.
        var looksAgain = false
        /// Runs that were given commands.
        var commanded: Wanted = .all
        /// Runs that are on their way here and were given commands: what is open is read when they have come, since until then it may have been settled by somebody else.
        var early: Set<String> = []
        /// Runs that ended since the list of assigned runs was asked for: what it says of them is old.
        var endedSinceRead: Set<String> = []
        /// What is to be looked for: runs that a hint has named, or all that the session owns.
        var wanted: Wanted = .all
        /// Documents that were reported already; forgotten above ten thousand.
        var reported: Set<UnreadableDocument> = []
        var isStopping = false
        /// Somebody wants the node to take nothing more, but to stay.
        var isDraining = false
    }

    /// What to read when the worker looks.
    private enum Wanted: Equatable {
        case all
        /// These runs; nothing where there are none.
        case named(Set<String>)

        /// - Parameter runs: all where none are named.
        mutating func add(_ runs: [String], atMost limit: Int) {
            guard case .named(let names) = self, !runs.isEmpty, names.count < limit else { return self = .all }
            self = .named(names.union(runs))
        }
    }

    private let store: any Store
    private let recorder: Recorder
    private let executor: Executor
    private let session: NodeSession
    private let definitions: DefinitionCache
    private let configuration: NodeConfiguration
    private let logger: Logger
    private let state = Mutex(State())
    private let wake: WakeSignal
    private let watches: Watches
    private let alarms: Alarms
    private let keeper: any Keeper
    private let onRoom: @Sendable () async -> Void

    /// - Parameter onRoom: called when a run has ended on a node that was full, or was handed back.
    init(
        store: any Store, keeper: any Keeper, recorder: Recorder, executor: Executor, session: NodeSession,
        configuration: NodeConfiguration, logger: Logger,
        onRoom: @escaping @Sendable () async -> Void
    ) {
        self.store = store
        self.recorder = recorder
        self.executor = executor
        self.session = session
        self.configuration = configuration
        self.logger = logger
        self.onRoom = onRoom
        definitions = DefinitionCache(store: store)
        wake = WakeSignal(session.host)
        watches = Watches(host: session.host)
        alarms = Alarms(host: session.host)
        self.keeper = keeper
    }

    /// Something was assigned to this session, or may have been: these runs; where none are named, some.
    ///
    /// A named run is read by its id, since the list of all that a busy session owns is long. Hints that come while the worker reads are one further read.
    func hint(_ runs: [String] = []) {
        state.withLock { $0.wanted.add(runs, atMost: Self.pageLimit) }
        wake.raise()
    }

    /// Somebody has given commands to these runs, or, where none are named, to some of the session's.
    func commanded(_ runs: [String] = []) {
        state.withLock { $0.commanded.add(runs, atMost: Self.pageLimit) }
        wake.raise()
    }

    /// Takes and runs until it is stopped or cancelled; returns when the last runner has ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watches.run() }
            group.addTask { await self.alarms.run() }
            await self.takeAndRun()
            group.cancelAll()
        }
    }

    private func takeAndRun() async {
        await withDiscardingTaskGroup { group in
            let host = session.host
            var backoff = Backoff(host)
            var pollDue = host.now
            while !Task.isCancelled, !isStopping {
                do {
                    if pollDue <= host.now { state.withLock { ($0.wanted, $0.commanded) = (.all, .all) } }
                    if try await takeWanted(&group) == .all {
                        pollDue = host.now + configuration.pollInterval * host.random(in: 0.75...1.25)
                    }
                    try await readCommands()
                    backoff.reset()
                    if state.withLock({ exchange(&$0.looksAgain, with: false) }) { pollDue = min(pollDue, host.now + Self.retryDelay) }
                    await wake.wait(until: pollDue)
                } catch {
                    if Task.isCancelled { break }
                    logger.warning("assigned runs could not be read", metadata: ["error": "\(error)"])
                    await backoff.wait()
                }
            }
        }
    }

    private var isStopping: Bool { state.withLock(\.isStopping) }

    /// Reads what is wanted and starts what memory lacks.
    /// - Returns: what was read.
    private func takeWanted(_ group: inout DiscardingTaskGroup) async throws -> Wanted {
        let wanted = state.withLock { state in
            state.endedSinceRead = []
            return exchange(&state.wanted, with: .named([]))
        }
        do {
            switch wanted {
            case .all: try await takeAll(&group)
            case .named(let names) where names.isEmpty: break
            case .named(let names): take(try await store.assigned(to: session.id, among: names.sorted()), &group)
            }
            return wanted
        } catch {
            state.withLock { $0.wanted = .all }
            throw error
        }
    }

    /// Reads what runs were told, and tells them.
    private func readCommands() async throws {
        let wanted = state.withLock { exchange(&$0.commanded, with: .named([])) }
        do {
            let open: [CommandRecord] =
                switch wanted {
                case .all: state.withLock(\.runs.isEmpty) ? [] : try await store.openCommands(after: nil, limit: Self.commandLimit).elements
                case .named(let names) where names.isEmpty: []
                case .named(let names): try await store.openCommands(of: names.sorted(), limit: Self.commandLimit)
                }
            tell(open.map(\.command))
        } catch {
            state.withLock { $0.commanded = .all }
            throw error
        }
    }

    /// The most commands that are read in one go; the rest when these are settled.
    private static let commandLimit = 1_000

    private func tell(_ commands: [Command]) {
        let byRun = Dictionary(grouping: commands, by: \.run)
        let told: [(LiveRun, [Command])] = state.withLock { state in
            var told: [(LiveRun, [Command])] = []
            for (run, commands) in byRun.sorted(by: { $0.key < $1.key }) {
                if let live = state.runs[run] { told.append((live, commands)) } else { state.early.insert(run) }
            }
            // The next poll finds those that are forgotten here.
            if state.early.count > Self.commandLimit { state.early = [] }
            return told
        }
        for (live, commands) in told { live.tell(commands) }
    }

    private func take(_ page: Page<DagInstance>, _ group: inout DiscardingTaskGroup) {
        for unreadable in page.unreadable { report(unreadable) }
        for instance in page.elements where !isStopping { start(instance, &group) }
    }

    private func takeAll(_ group: inout DiscardingTaskGroup) async throws {
        var after: String?
        var seen: Set<String> = []
        while true {
            let page = try await store.assigned(to: session.id, after: after, limit: Self.pageLimit)
            seen.formUnion(page.elements.map(\.id))
            take(page, &group)
            guard let next = page.next else { break }
            after = next
        }
        state.withLock { $0.dropped.formIntersection(seen) }
    }

    static let pageLimit = 500
    /// How long after a run was let go of it is looked for.
    private static let retryDelay = Duration.seconds(1)

    private func report(_ unreadable: UnreadableDocument) {
        let isNew = state.withLock { state in
            if state.reported.count > 10_000 { state.reported = [] }
            return state.reported.insert(unreadable).inserted
        }
        guard isNew else { return }
        logger.error(
            "a document does not decode and is left alone",
            metadata: ["collection": "\(unreadable.collection)", "id": "\(unreadable.id)", "problem": "\(unreadable.problem)"])
    }

    private func start(_ instance: DagInstance, _ group: inout DiscardingTaskGroup) {
        let recorder = recorder.shard(of: instance.id)
        let live = LiveRun(
            id: instance.id, epoch: instance.version.epoch, recorder: recorder, watches: watches, alarms: alarms, session: session,
            logger: logger)
        let wasDropped: Bool? = state.withLock { state in
            guard state.runs[instance.id] == nil, !state.isStopping, !state.endedSinceRead.contains(instance.id) else {
                // What was read may be newer than the run that is ending here, and it is named only once.
                let isNewer = instance.version.epoch > state.runs[instance.id]?.epoch ?? 0
                if instance.status == .scheduled, isNewer { state.looksAgain = true }
                return nil
            }
            state.runs[instance.id] = live
            if state.early.remove(instance.id) != nil { state.commanded.add([instance.id], atMost: Self.pageLimit) }
            return state.dropped.contains(instance.id)
        }
        guard let wasDropped else { return }
        let runner = InstanceRunner(
            store: store, keeper: keeper, live: live, executor: executor, traces: recorder.traces, session: session,
            configuration: configuration, logger: logger,
            handsBack: { self.state.withLock(\.isDraining) })
        group.addTask { await self.keep(runner, instance, wasDropped) }
    }

    private func keep(_ runner: InstanceRunner, _ instance: DagInstance, _ wasDropped: Bool) async {
        let end: InstanceRunner.End
        do {
            let definition = try await definitions.definition(id: instance.dagId, version: instance.dagVersion)
            end = await runner.run(
                instance, definition.map { .success($0) } ?? .failure(runner.missingDefinition(of: instance)), wasDropped: wasDropped)
        } catch let error as StoreError where error.kind == .malformed {
            end = await runner.run(instance, .failure(error), wasDropped: wasDropped)
        } catch {
            logger.warning(
                "a definition could not be read; it will be tried again", metadata: ["dag": "\(instance.dagId)", "error": "\(error)"])
            end = .dropped
        }
        let wasFull = state.withLock { state in
            let wasFull = state.runs.count >= configuration.capacity
            state.runs[instance.id] = nil
            state.endedSinceRead.insert(instance.id)
            if end == .dropped { state.dropped.insert(instance.id) } else { state.dropped.remove(instance.id) }
            state.looksAgain = state.looksAgain || end == .dropped
            return wasFull
        }
        if end == .dropped { wake.raise() }
        // A run that was handed back waits for another node: the leader need not find it by looking.
        if wasFull || end == .released(.`init`), !Task.isCancelled { await onRoom() }
    }

    // MARK: Draining

    /// Hands runs back as their running tasks end, and whatever is still assigned at once; or takes work again.
    func setDraining(_ isDraining: Bool) {
        let runs: [LiveRun]? = state.withLock { state in
            guard state.isDraining != isDraining, !state.isStopping else { return nil }
            state.isDraining = isDraining
            // With the lock held: once the node stops, nobody opens the places again.
            if isDraining { executor.close() } else { executor.open() }
            return isDraining ? state.runs.sorted { $0.key < $1.key }.map(\.value) : []
        }
        guard let runs else { return }
        logger.notice(isDraining ? "draining: runs are handed back as their running tasks end" : "taking work again")
        for run in runs { run.handBack() }
        hint()
    }

    // MARK: Stopping

    /// Takes nothing more, starts no more tasks, and hands runs back as their running tasks end.
    func stop() {
        let runs = state.withLock { state in
            state.isStopping = true
            return state.runs.sorted { $0.key < $1.key }.map(\.value)
        }
        executor.close()
        for run in runs { run.handBack() }
        wake.raise()
    }

    /// Hands back what was assigned while the node was about to stop and was never taken. Best effort: what stays is moved by the watchdog.
    func handBackUntaken() async throws {
        let page = try await store.assigned(to: session.id, after: nil, limit: Self.pageLimit)
        let untaken = page.elements.filter { instance in
            instance.status == .scheduled && instance.version.counter == 0 && !state.withLock { $0.dropped.contains(instance.id) }
        }
        guard !untaken.isEmpty else { return }
        let handedBack = untaken.map { instance in
            var back = instance
            (back.status, back.worker, back.session, back.version) = (.`init`, nil, nil, instance.version.next)
            back.reason = "handed back by \(session.key)"
            return back
        }
        _ = try await store.record(RecordBatch(instances: handedBack))
    }

    /// Gives up what still runs: the grace period is over.
    func stopRunning() {
        for (_, run) in state.withLock({ $0.runs.sorted { $0.key < $1.key } }) { run.giveUp() }
    }
}

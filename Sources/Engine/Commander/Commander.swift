public import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What people and applications ask of a cluster: apply definitions, start runs, look at them.
public struct Commander: Sendable {
    let store: any Store
    let keeper: any Keeper
    let host: any Host
    let admission: Admission

    /// How many runs may wait for their start in all, where nobody says anything else.
    public static let defaultMaxWaitingRuns = 1_000_000

    /// - Parameter maxWaitingRuns: submissions are refused while this many runs wait for their start in all.
    public init(
        store: any Store, keeper: any Keeper, maxWaitingRuns: Int = Commander.defaultMaxWaitingRuns, host: any Host = SystemHost()
    ) {
        self.store = store
        self.keeper = keeper
        self.host = host
        admission = Admission(maxWaiting: maxWaitingRuns, host: host)
    }

    // MARK: Definitions

    /// Makes a definition the current one of its id. Runs that are under way keep theirs.
    /// - Returns: `.conflict` never; somebody else's change in between is followed by another try, at most ten.
    public func apply(_ dag: Dag, source: String) async throws -> ApplyOutcome {
        let outcomes = try await apply([NewDefinition(dag: dag, version: try dag.contentVersion(), source: source)])
        guard let outcome = try outcomes.first?.get() else { throw StoreError(.refused, "the store says nothing of '\(dag.id)'") }
        return outcome
    }

    /// Makes definitions of different ids the current ones, in a few requests for all of them.
    /// - Parameter onlyUnknown: leaves ids alone that have a current definition and have had this version at some time.
    /// - Returns: for each what became of it, `.conflict` never; `nil` where it was left alone. What is wrong with one keeps no other from being applied.
    public func apply(_ definitions: [NewDefinition], onlyUnknown: Bool = false) async throws -> [Result<ApplyOutcome?, StoreError>] {
        var outcomes = [Result<ApplyOutcome?, StoreError>?](repeating: nil, count: definitions.count)
        var open = Array(definitions.indices)
        for attempt in 0..<10 where !open.isEmpty {
            // What met a conflict was to be applied, and its version is known by now.
            let some = open.map { definitions[$0] }
            for (index, outcome) in zip(open, try await store.apply(some, onlyUnknown: onlyUnknown && attempt == 0)) {
                if case .success(.conflict?) = outcome { continue }
                outcomes[index] = outcome
            }
            open = open.filter { outcomes[$0] == nil }
        }
        return outcomes.enumerated().map { index, outcome in
            outcome
                ?? .failure(
                    StoreError(
                        .unavailable, "the definition '\(definitions[index].dag.id)' is being changed by others all the time; try again"))
        }
    }

    // MARK: Runs

    /// Starts a run.
    /// - Parameters:
    ///   - id: an idempotency key: submitting again with the same key, definition and vars finds the first run; with others it is refused.
    ///   - version: a version of the definition that was applied at some time; `nil` for the current one.
    ///   - priority: runs of higher priority are given out first; `nil` for the DAG's.
    /// - Throws: `CommandError` where the definition is unknown or stopped, a variable is unknown or missing, the key was used for something else, or too many runs wait already.
    public func run(
        dagId: String, vars: [String: String] = [:], id: String? = nil, tags: [String: String] = [:], version: String? = nil,
        priority: Int? = nil
    ) async throws -> DagInstance {
        try await run(RunRequest(dagId: dagId, vars: vars, id: id, tags: tags, version: version, priority: priority), origin: nil)
    }

    /// Starts the run that a request asks for.
    /// - Parameter owner: key and session of the node that owns it from its beginning; `nil` for whom the leader finds.
    func run(_ request: RunRequest, origin: RunOrigin?, owner: (key: String, session: String)? = nil) async throws -> DagInstance {
        if let id = request.id {
            try Self.validate(id: id)
            if let existing = try await existing(id, dagId: request.dagId, vars: request.vars) { return existing }
        }
        let record = try await definition(of: request)
        var instance = try Self.instance(for: request, of: record, at: Self.now())
        instance.origin = origin
        if let owner { instance.give(to: owner) }
        if let dag = record?.dag {
            let admitted = try await admission.admit(1, of: dag, count: waitingRuns)
            guard admitted.count == 1 else { throw CommandError(.refused, admitted.why) }
        }
        let submitted = try await submit(instance)
        if owner == nil { await keeper.signal([.dispatch]) }
        return submitted
    }

    /// What a request runs: the current definition, or the version that it names.
    func definition(of request: RunRequest) async throws -> DagRecord? {
        let current = try await store.dag(id: request.dagId)
        guard let version = request.version, var record = current, record.version != version else { return current }
        guard var dag = try await store.dagVersion(id: request.dagId, version: version) else {
            throw CommandError(
                .notFound,
                "there is no version '\(version)' of the DAG '\(request.dagId)' (commander dag history \(request.dagId) lists them)")
        }
        // Whether new runs are wanted is said of the DAG, not of a version.
        dag.status = record.dag.status
        (record.dag, record.version) = (dag, version)
        return record
    }

    /// How many runs wait for their start, of a DAG or in all, counted no further than `limit`.
    func waitingRuns(of dagId: String?, upTo limit: Int) async throws -> Int {
        try await store.waitingRuns(of: dagId, limit: limit)
    }

    /// A run and its tasks, those without a document filled in from the definition.
    /// - Parameter earlier: what was shown before: who looks again and again need not read the definition each time.
    public func show(_ id: String, after earlier: RunDetails? = nil) async throws -> RunDetails {
        guard let instance = try await store.instance(id: id) else {
            throw CommandError(.notFound, "there is no run '\(id)' (commander list shows those that there are)")
        }
        // The instance is read first: task documents below its run epoch do not count.
        let documents = try await store.tasks(of: id, runEpoch: instance.runEpoch)
        if let known = earlier?.dag, known.id == instance.dagId, earlier?.instance.dagVersion == instance.dagVersion {
            return RunDetails(instance: instance, dag: known, documents: documents)
        }
        let dag = try await store.dagVersion(id: instance.dagId, version: instance.dagVersion)
        return RunDetails(instance: instance, dag: dag, documents: documents)
    }

    /// One run; `nil` if there is none.
    public func instance(_ id: String) async throws -> DagInstance? { try await store.instance(id: id) }

    private func submit(_ instance: DagInstance) async throws -> DagInstance {
        switch try await store.submit(instance) {
        case .created: return instance
        case .refused(let why): throw CommandError(.refused, "the run cannot be stored: \(why)")
        case .existing(let existing):
            try Self.require(existing, dagId: instance.dagId, vars: instance.vars)
            return existing
        }
    }

    /// The run that a request asks for.
    static func instance(for request: RunRequest, of record: DagRecord?, at now: Date) throws(CommandError) -> DagInstance {
        let dagId = request.dagId
        guard let record else { throw CommandError(.notFound, "there is no DAG '\(dagId)'; apply it first (commander dag apply FILE)") }
        guard record.dag.status == .normal else {
            throw CommandError(.refused, "the DAG '\(dagId)' is stopped: no new runs (commander dag start \(dagId) lets them start again)")
        }
        let values: [String: String]
        do { values = try record.dag.instanceVars(request.vars) } catch { throw CommandError(.invalid, "\(error)") }
        return DagInstance(
            id: request.id ?? RunID.make(at: now), dagId: dagId, dagVersion: record.version, vars: values, tags: request.tags,
            priority: request.priority ?? record.dag.priority ?? 0,
            wakeAt: record.dag.startTimeoutSecs.map { now.addingTimeInterval(Double($0)) }, createdAt: now)
    }

    /// The present time as the store keeps it, in whole milliseconds.
    static func now() -> Date { Date(timeIntervalSince1970: (Date().timeIntervalSince1970 * 1_000).rounded(.down) / 1_000) }

    /// The run that has this id already. What the caller gave is completed from the version that the run is pinned to: later changes of defaults do not make it another request.
    func existing(_ id: String, dagId: String, vars: [String: String]) async throws -> DagInstance? {
        guard let existing = try await store.instance(id: id) else { return nil }
        let pinned = try await store.dagVersion(id: existing.dagId, version: existing.dagVersion)
        try Self.require(existing, dagId: dagId, vars: (try? pinned?.instanceVars(vars)) ?? vars)
        return existing
    }

    static func require(_ existing: DagInstance, dagId: String, vars: [String: String]) throws(CommandError) {
        guard existing.dagId == dagId else {
            throw CommandError(.refused, "the id '\(existing.id)' belongs to a run of '\(existing.dagId)'; choose another id")
        }
        guard existing.vars == vars else {
            throw CommandError(.refused, "the id '\(existing.id)' belongs to a run with other vars; choose another id")
        }
    }

    /// ASCII only: ids that look alike, and are one in Swift and two in the store, must not exist.
    static func validate(id: String) throws(CommandError) {
        guard (1...200).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else {
            throw CommandError(
                .invalid, "the id '\(id.prefix(200))' must have 1 to 200 ASCII characters, without slashes, blanks and control characters")
        }
    }

    // MARK: The rest

    public func dag(_ id: String) async throws -> DagRecord {
        guard let record = try await store.dag(id: id) else {
            throw CommandError(.notFound, "there is no DAG '\(id)' (commander dag list shows those that there are)")
        }
        return record
    }

    /// Definitions in order of id, at most `limit`.
    public func dags(after: String? = nil, limit: Int = 1_000) async throws -> [DagRecord] {
        try await store.dags(after: after, limit: limit)
    }

    /// Runs, the newest first.
    /// - Parameter withChildren: whether runs that tasks of other runs have started count too. Where they do not, at most ten pages are looked through for others; `next` says where to go on.
    public func list(_ query: InstanceQuery, withChildren: Bool = true) async throws -> Page<DagInstance> {
        guard !withChildren else { return try await store.instances(query) }
        var (query, found) = (query, Page<DagInstance>([]))
        let limit = query.limit
        for _ in 0..<10 {
            let page = try await store.instances(query)
            found.elements += page.elements.filter { $0.trigger != .parent }
            found.unreadable += page.unreadable
            found.next = page.next
            guard let next = page.next, found.elements.count < limit else { break }
            (query.after, query.limit) = (next, limit - found.elements.count)
        }
        return found
    }

    /// Trace chunks of a run, or of one of its tasks, from after the chunk `after`.
    public func traces(_ id: String, taskId: String? = nil, after: String? = nil, limit: Int = 1_000) async throws -> [TraceChunk] {
        try await store.traces(of: id, taskId: taskId, after: after, limit: limit)
    }

    /// Tells a node to take nothing more and to hand its runs back as their running tasks end; it stays in the cluster. Or, with `undo`, to take work again.
    /// - Returns: the node, and how many runs it still owns.
    public func drain(_ key: String, undo: Bool = false) async throws -> (node: NodeStatus, runs: Int) {
        guard var node = try await keeper.nodes().first(where: { $0.node.key == key }) else {
            throw CommandError(.notFound, "there is no node '\(key)' (commander nodes lists them)")
        }
        let session = node.session
        let isAlive = undo ? try await keeper.resume(key: key, session: session) : try await keeper.drain(key: key, session: session)
        guard isAlive else {
            throw CommandError(
                .refused, "the node '\(key)' is not alive; what it owned is being moved, and it takes work when it comes back")
        }
        await keeper.signal([.nodesChanged])
        node.isDraining = !undo
        return (node, try await runs(of: session))
    }

    /// How many runs a session owns.
    public func runs(of session: String) async throws -> Int { try await store.owned().count { $0.session == session } }

    /// All nodes, and who leads.
    public func nodes() async throws -> (nodes: [NodeStatus], leader: Leadership?) {
        (try await keeper.nodes(), try await keeper.leader())
    }
}

/// Why a command cannot be done.
public struct CommandError: Error, Sendable, CustomStringConvertible {
    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    public enum Kind: Sendable, Hashable {
        case notFound
        case invalid
        case refused
        /// What was waited for did not happen in time; it may still.
        case timedOut
    }
}

extension DagInstance {
    /// As the leader's assignment leaves a run that nobody has owned.
    fileprivate mutating func give(to owner: (key: String, session: String)) {
        let version = version.nextEpoch
        (status, worker, session) = (.scheduled, owner.key, owner.session)
        (self.version, runEpoch, wakeAt) = (version, version.epoch, nil)
    }
}

public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where definitions, runs, tasks and traces are kept.
///
/// Verbs say the transition that they make. Every write is conditional on a fence; losing a race is an answer, not an error. Errors are `StoreError`: its `outcome` says whether
/// the write can have happened. All verbs may be called again with the same arguments after an unknown outcome, unless they say otherwise.
public protocol Store: Sendable {
    // MARK: Definitions

    /// Makes a definition the current one of its id: keeps the version for ever, then points the id to it if its revision is still `expectedRevision`.
    /// It leaves the origin that there is, and whether the DAG is paused.
    /// - Returns: `.applied` with the new record, `.unchanged` if the current version is already this one (and status and source are equal), `.conflict` if somebody else applied in between.
    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome
    /// Applies definitions of different ids, each to whatever revision its id has, in a few requests for all. What belongs to another directory, or was applied by hand, is refused to a file
    /// (`NewDefinition.refusal`).
    /// - Parameter onlyUnknown: leaves ids alone that have a current definition and have had this version at some time.
    /// - Returns: for each what became of it; `nil` where it was left alone. What is wrong with one keeps no other from being applied.
    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>]
    /// Keeps versions without making any of them current: what a run from elsewhere was made from. A version that is there already stays as it is. All that can be kept are, then what is wrong with
    /// one is thrown. Safe to send again.
    func keepVersions(_ definitions: [NewDefinition]) async throws
    /// The current definition; `nil` if there is none.
    func dag(id: String) async throws -> DagRecord?
    /// Current definitions in order of id, from after `after`, at most `limit`.
    func dags(after: String?, limit: Int) async throws -> [DagRecord]
    /// Changes what is said of a DAG beside its definition, if its revision is still `expectedRevision`.
    /// - Returns: `.applied` with the new record, be it by an earlier sending of the same; `.unchanged` if all is so already; `.conflict` if somebody else changed it in between, or there is none.
    func set(_ state: DagState, of dagId: String, expectedRevision: Int64) async throws -> ApplyOutcome
    /// What was current when, newest first, at most `limit`; the present is the first. Nothing of it is ever changed.
    func revisions(of dagId: String, limit: Int) async throws -> [DagRevision]
    /// Ids of DAGs that are paused, in order, at most `limit`; from the primary.
    func pausedDags(limit: Int) async throws -> [String]
    /// A definition by version; `nil` if it was never applied.
    func dagVersion(id: String, version: String) async throws -> Dag?

    // MARK: Submission

    /// Inserts new runs, or finds those that have their ids already. Never changes an existing one. The very same run sent again is `.created` again.
    /// - Returns: for each run, in order, what became of it; one that is refused does not disturb the others.
    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome]

    // MARK: Reading

    /// One run; `nil` if there is none.
    func instance(id: String) async throws -> DagInstance?
    /// Runs, newest first (of those of one time the greatest id first), from after `query.after`, at most `query.limit`. A document that does not decode is left out and reported in `unreadable`.
    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance>
    /// The task documents of a run whose epoch is at least `runEpoch`, from the primary, in order of id.
    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance]
    /// Trace chunks of a run (or of one task of it) in order of task, epoch, attempt and sequence, from after the chunk `after`, at most `limit`.
    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk]

    // MARK: The leader

    /// Runs with status `init`, oldest first, from after `after` (a page's `next`), at most `limit`. One that does not decode is left out and reported in `unreadable`.
    func pending(after: String?, limit: Int) async throws -> Page<DagInstance>
    /// Runs with status `init` of all DAGs but some, oldest first, at most `limit`.
    func pending(except dagIds: [String], limit: Int) async throws -> Page<DagInstance>
    /// Runs of a DAG that are under way: scheduled, running, or parked after they have started. Those that stand for one task of another run do not count; the first `limit` of them, in no order. From the primary.
    func activeRuns(of dagId: String, limit: Int) async throws -> [String]
    /// How many runs wait for their start, of one DAG or of all, counted up to `limit`.
    func waitingRuns(of dagId: String?, limit: Int) async throws -> Int
    /// What is owned now, by scheduled and running instances, read from the primary.
    func owned() async throws -> [OwnedInstance]
    /// Gives instances to nodes, each only if it is still as it was when the plan was made (id, status, version and, for an orphan, session): status `scheduled`, worker, session, version,
    /// and `runEpoch` where the assignment has one; one more adoption where it is taken from a lost node. One bulk; an assignment that loses its race does not disturb the others.
    /// - Returns: for each assignment whether it took place, be it by an earlier sending of the same.
    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool]

    /// Runs that nobody owns and whose `wakeAt` is not after `time`, the earliest first, from after `after` (a page's `next`), at most `limit`; from the primary.
    func due(until time: Date, after: String?, limit: Int) async throws -> Page<DagInstance>
    /// Changes runs that nobody owns, each only if it still has the version that it was read with and no owner.
    /// - Returns: for each whether it took place, be it by an earlier sending of the same.
    func amend(_ amendments: [Amendment]) async throws -> [Bool]
    /// Some runs by id, in order of id; those that do not exist are left out. From the primary.
    func instances(ids: [String]) async throws -> Page<DagInstance>

    // MARK: Commands

    /// Keeps a command, or finds the one that has its id already.
    func submit(_ command: Command) async throws -> CommandRecord
    /// A command and what became of it; `nil` if there is none.
    func command(id: String) async throws -> CommandRecord?
    /// The commands that a run was given, oldest first, at most the last `limit`.
    func commands(of run: String, limit: Int) async throws -> [CommandRecord]
    /// Commands that are not settled, oldest first, from after `after` (a page's `next`), at most `limit`; from the primary.
    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord>
    /// The same of some runs, oldest first, at most `limit`.
    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord]
    /// Says what became of commands. One that is settled never changes again. Safe to send again.
    func settle(_ records: [CommandRecord]) async throws

    // MARK: Pools

    /// Makes a pool, or changes how many slots it has; whoever has a slot keeps it.
    func put(_ pool: Pool) async throws
    /// - Returns: whether there was one.
    func removePool(_ name: String) async throws -> Bool
    /// All pools in order of their names, at most 10,000.
    func pools() async throws -> [Pool]

    // MARK: The owner

    /// Owned instances of a session in order of id, from after `after` (an id, or a page's `next`), at most `limit`; from the primary.
    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance>
    /// Those of some instances that a session owns; from the primary. It may name more of the session's.
    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance>
    /// Takes an instance again at the next epoch, if it still belongs to `session` with version `expected`: status `scheduled`, version the first of the next epoch.
    /// - Returns: the instance as it is then; `nil` if it is not ours.
    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance?
    /// Raises the epoch of the run's task documents with an epoch in `from..<to` to `to`, keeping their counters. **Must not be sent twice**: after an error with an unknown outcome the caller takes
    /// the instance again at the next epoch.
    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws
    /// Writes a batch, unordered: every record stands for itself. Safe to send again.
    /// - Returns: for each record of the batch, in its order, what became of it.
    func record(_ batch: RecordBatch) async throws -> RecordResult
}

extension Store {
    /// Inserts a new run, or finds the one that has its id already.
    /// - Throws: `StoreError` of the kind `.refused` where the store cannot keep the run, whatever is tried.
    public func submit(_ instance: DagInstance) async throws -> SubmitOutcome {
        let outcome = try await submit([instance]).first
        if case .refused(let why) = outcome { throw StoreError(.refused, "the run '\(instance.id)' cannot be stored: \(why)") }
        return outcome ?? .created
    }

    /// The oldest runs with status `init`.
    public func pending(limit: Int) async throws -> Page<DagInstance> { try await pending(after: nil, limit: limit) }

    /// The first of those that are due.
    public func due(until time: Date, limit: Int) async throws -> Page<DagInstance> { try await due(until: time, after: nil, limit: limit) }

    public func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        var page = Page<DagInstance>([])
        for id in ids {
            guard let instance = try await instance(id: id), instance.session == session, instance.status.isOwned else { continue }
            page.elements.append(instance)
        }
        return page
    }
}

/// A change of a run that nobody owns.
public struct Amendment: Sendable, Hashable {
    /// The run as it shall be, at a version of a higher epoch.
    public var instance: DagInstance
    /// The version that it was read with.
    public var expected: RecordVersion

    public init(_ instance: DagInstance, expected: RecordVersion) {
        self.instance = instance
        self.expected = expected
    }
}

/// What `apply` did.
public enum ApplyOutcome: Sendable, Hashable {
    case applied(DagRecord)
    case unchanged(DagRecord)
    case conflict
}

/// What `submit` found.
public enum SubmitOutcome: Sendable, Hashable {
    case created
    /// A run with this id was there already; here it is.
    case existing(DagInstance)
    /// The store cannot keep it, whatever is tried: it is too large, say.
    case refused(String)
}

/// The current definition of an id.
public struct DagRecord: Sendable, Hashable, Codable {
    public var dag: Dag
    /// Content hash; key of the kept version.
    public var version: String
    /// Grows by one at each change.
    public var revision: Int64
    /// Where the definition came from: a file's path, or who applied it.
    public var source: String
    /// Whether no new run starts; those that are submitted wait.
    public var isPaused: Bool
    /// The file that keeps it current; `nil` where it was applied by hand.
    public var origin: DagOrigin?

    public init(dag: Dag, version: String, revision: Int64, source: String, isPaused: Bool = false, origin: DagOrigin? = nil) {
        self.dag = dag
        self.version = version
        self.revision = revision
        self.source = source
        self.isPaused = isPaused
        self.origin = origin
    }

    public var state: DagState { DagState(status: dag.status, isPaused: isPaused, origin: origin) }
}

/// Which runs to list.
public struct InstanceQuery: Sendable, Hashable {
    public var dagId: String?
    public var statuses: Set<DagInstanceStatus>
    /// Where to go on: the `next` of the page before.
    public var after: String?
    public var limit: Int

    /// - Parameters:
    ///   - statuses: empty for all.
    ///   - after: the `next` of the page before; `nil` begins with the newest run.
    ///   - limit: from 1 to 1,000.
    public init(dagId: String? = nil, statuses: Set<DagInstanceStatus> = [], after: String? = nil, limit: Int = 50) {
        self.dagId = dagId
        self.statuses = statuses
        self.after = after
        self.limit = min(max(limit, 1), 1_000)
    }
}

/// Some documents, and those that could not be read.
public struct Page<Element: Sendable>: Sendable {
    public var elements: [Element]
    /// Documents in the store that do not decode: they are left alone, and named.
    public var unreadable: [UnreadableDocument]
    /// Where the next page begins; `nil` where this one was not full.
    public var next: String?

    public init(_ elements: [Element], unreadable: [UnreadableDocument] = [], next: String? = nil) {
        self.elements = elements
        self.unreadable = unreadable
        self.next = next
    }
}

/// A document in the store that does not decode.
public struct UnreadableDocument: Sendable, Hashable {
    public var id: String
    public var collection: String
    /// What is wrong, with the field's path.
    public var problem: String

    public init(id: String, collection: String, problem: String) {
        self.id = id
        self.collection = collection
        self.problem = problem
    }
}

/// An instance that a session owns, as little of it as the watchdog needs.
public struct OwnedInstance: Sendable, Hashable {
    public var id: String
    public var dagId: String
    public var dagVersion: String
    public var status: DagInstanceStatus
    public var session: String?
    public var version: RecordVersion
    public var runEpoch: Int64
    /// The one task that it runs, where it stands for a task of another run.
    public var task: String?

    public init(
        id: String, dagId: String, dagVersion: String, status: DagInstanceStatus, session: String?, version: RecordVersion, runEpoch: Int64,
        task: String? = nil
    ) {
        self.id = id
        self.dagId = dagId
        self.dagVersion = dagVersion
        self.status = status
        self.session = session
        self.version = version
        self.runEpoch = runEpoch
        self.task = task
    }
}

public import Logging
import Synchronization
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What an action sees of the task that it carries out, and how it leaves something behind.
public struct ActionContext: Sendable {
    /// Id of the run.
    public let dagInsId: String
    public let dagId: String
    public let taskId: String
    /// Which try this is, from 1.
    public let attempt: Int
    /// Grows with every owner that the run has had. Give it, with the attempt, to systems outside that must refuse late or repeated calls.
    public let fencingToken: Int64
    /// Key of the node that runs the attempt.
    public let worker: String
    /// Values of the DAG's variables for this run.
    public let vars: [String: String]
    /// Outputs of the tasks that have succeeded so far, by task id.
    public let outputs: TaskOutputs
    /// What earlier tasks left for later ones.
    public let shareData: ShareData
    /// What an earlier call of this attempt left for this one (`park`, `block`).
    public var memo: Value? { history?.memo }
    /// Who has continued the task after it was blocked; `nil` where nobody has.
    public var decision: TaskHistory.Decision? { history?.decision }
    /// The run that does the task's work, where the attempt has started one.
    package var childRun: String? { history?.childRun }
    /// Where the run comes from, if nobody submitted it by hand.
    @Boxed package private(set) var origin: RunOrigin?
    /// Earlier attempts of the task, the latest last, at most 100.
    public var earlierAttempts: [TaskHistory.Attempt] { history?.attempts ?? [] }
    @Boxed private var history: TaskHistory?
    /// Writes to the task's trace.
    public let trace: Trace
    /// The node's log, with the ids of run and task as metadata.
    public var logger: Logger {
        var logger = surroundings.logger
        logger[metadataKey: "run"] = "\(dagInsId)"
        logger[metadataKey: "task"] = "\(taskId)"
        return logger
    }
    /// Threads for work that blocks; never block in `run` itself.
    public var blocking: BlockingThreads { surroundings.blocking }
    let result: ResultBox
    let surroundings: Surroundings
    /// `nil` where the action runs outside of a node.
    private let start: LiveRun.Start?
    /// `nil` where the action runs outside of a node.
    var mutexes: ActionMutexes? { surroundings.mutexes }

    /// What all attempts on a node have in common: one object, made once.
    final class Surroundings: Sendable {
        let logger: Logger
        let blocking: BlockingThreads
        let mutexes: ActionMutexes?
        let host: any Host
        let now: @Sendable () -> Date
        let runs: ChildRuns?

        init(
            logger: Logger, blocking: BlockingThreads, mutexes: ActionMutexes? = nil, host: any Host = SystemHost(),
            now: @escaping @Sendable () -> Date = { Date() }, runs: ChildRuns? = nil
        ) {
            self.logger = logger
            self.blocking = blocking
            self.mutexes = mutexes
            self.host = host
            self.now = now
            self.runs = runs
        }
    }

    init(
        task: TaskInstance, vars: [String: String], outputs: TaskOutputs, shareData: [String: String], trace: Trace,
        origin: Boxed<RunOrigin> = Boxed(), surroundings: Surroundings, start: LiveRun.Start? = nil
    ) {
        // What runs here for a run on another node is a part of that run.
        if let origin = origin.wrappedValue, origin.kind == .task { dagInsId = origin.run } else { dagInsId = task.dagInsId }
        dagId = task.dagId
        taskId = task.taskId
        attempt = task.attempt
        fencingToken = task.version.epoch
        worker = task.worker
        _history = task.$history
        _origin = origin
        self.vars = vars
        self.outputs = outputs
        self.shareData = ShareData(shareData)
        self.trace = trace
        self.surroundings = surroundings
        self.start = start
        result = ResultBox()
    }

    /// Leaves a value for later tasks (`{{tasks.<id>.output}}`); a later call replaces an earlier one.
    /// - Throws: `ActionError` if it cannot be encoded, or is larger than 1 MiB as JSON.
    public func setOutput(_ output: some Encodable & Sendable) throws {
        let value = try ValueEncoder().encode(output)
        guard value.depth <= Self.outputDepth else { throw ActionError("the output is nested deeper than \(Self.outputDepth) levels") }
        let size = value.compactJSON.utf8.count
        guard size <= Self.outputLimit else {
            throw ActionError(
                "the output has \(size) bytes as JSON, more than the \(Self.outputLimit) allowed; keep large data outside and leave a reference"
            )
        }
        result.output.withLock { $0 = value }
    }

    /// Lets what the task has done to the share data so far outlive its worker: it is recorded at once, though the task goes on, and a later attempt finds
    /// it. Returns without waiting; what was set a moment before the worker is lost may be lost as well.
    public func keepShareData() {
        start?.keep(shareData.edits)
    }

    /// The present time by the store's clock.
    public var now: Date { surroundings.now() }

    /// How deep an output may be nested: a document that holds it must stay below the store's limit of 100 levels.
    public static let outputDepth = 80

    /// The largest output of a task, in bytes of JSON.
    public static let outputLimit = 1 << 20

    final class ResultBox: Sendable {
        let output = Mutex<Value?>(nil)
    }
}

/// The share data of a run as one task sees it: what finished tasks left, and its own changes at once.
public final class ShareData: Sendable {
    private struct State {
        var data: [String: String]
        /// Bytes of all keys and values; counted at the first change.
        var size: Int?
        /// The last change of each key, and when it was made.
        var edits: [String: (order: Int, edit: ShareDataEdit)] = [:]
        var nextOrder = 0
    }

    private let state: Mutex<State>

    init(_ data: [String: String]) {
        state = Mutex(State(data: data))
    }

    /// The value of a key, if it has one.
    public subscript(key: String) -> String? { state.withLock { $0.data[key] } }

    /// All of it.
    public var all: [String: String] { state.withLock(\.data) }

    /// Sets a key for this task at once and for later tasks when this one has ended; `nil` removes it.
    /// - Throws: `ActionError` for an empty key, one with a NUL, or where all of it would be larger than 1 MiB.
    public func set(_ key: String, _ value: String?) throws(ActionError) {
        guard !key.isEmpty, !key.utf8.contains(0) else { throw ActionError("a share data key must not be empty or contain a NUL") }
        try state.withLock { state throws(ActionError) in
            let before = state.data[key].map { key.utf8.count + $0.utf8.count } ?? 0
            let sizeNow = state.size ?? state.data.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
            let size = sizeNow - before + (value.map { key.utf8.count + $0.utf8.count } ?? 0)
            guard size <= InstanceMachine.shareDataLimit else {
                throw ActionError(
                    "share data would have \(size) bytes with '\(key)', more than the \(InstanceMachine.shareDataLimit) allowed")
            }
            state.size = size
            state.data[key] = value
            state.edits[key] = (state.nextOrder, ShareDataEdit(key: key, value: value))
            state.nextOrder += 1
        }
    }

    var edits: [ShareDataEdit] { state.withLock { $0.edits.values.sorted { $0.order < $1.order }.map(\.edit) } }
}

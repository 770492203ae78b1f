public import Workflow

/// What the Recorder writes in one go.
public struct RecordBatch: Sendable {
    public var instances: [DagInstance]
    public var tasks: [TaskRecord]
    public var traces: [TraceChunk]

    public init(instances: [DagInstance] = [], tasks: [TaskRecord] = [], traces: [TraceChunk] = []) {
        self.instances = instances
        self.tasks = tasks
        self.traces = traces
    }

    public var isEmpty: Bool { instances.isEmpty && tasks.isEmpty && traces.isEmpty }
}

/// A task document to write.
public struct TaskRecord: Sendable, Hashable {
    public var task: TaskInstance
    /// Whether no document of it is known: then it is inserted, and where its id is taken replaced under the version rule.
    public var isFirst: Bool

    public init(task: TaskInstance, isFirst: Bool) {
        self.task = task
        self.isFirst = isFirst
    }
}

/// What became of each record of a batch, in the batch's order.
public struct RecordResult: Sendable, Hashable {
    public var instances: [RecordOutcome]
    public var tasks: [RecordOutcome]
    public var traces: [RecordOutcome]

    public init(instances: [RecordOutcome], tasks: [RecordOutcome], traces: [RecordOutcome]) {
        self.instances = instances
        self.tasks = tasks
        self.traces = traces
    }
}

/// What became of one record.
public enum RecordOutcome: Sendable, Hashable {
    /// It is durable, by this write or by an earlier one of the same version.
    case written
    /// The document has a higher version, or is gone: somebody else owns it.
    case fenced
    /// The store refuses this record, whatever is tried: too large, say.
    case refused(String)
}

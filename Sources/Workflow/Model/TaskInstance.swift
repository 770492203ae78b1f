#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One task of one run, as it is kept in the store. A task that has not started has no document.
public struct TaskInstance: Codable, Hashable, Sendable, Identifiable {
    /// `<dagInsId>/<taskId>`.
    public var id: String
    public var dagInsId: String
    public var dagId: String
    public var taskId: String
    public var actionName: String
    public var dependOn: [String]
    public var status: TaskInstanceStatus
    /// Why the task is in its status, where there is something to say; empty otherwise.
    public var reason: String
    /// Which try this is, from 1.
    public var attempt: Int
    /// The fence: only a write with a higher version lands.
    public var version: RecordVersion
    /// Key of the node that ran the attempt.
    public var worker: String
    /// Parameters after rendering.
    public var params: [String: Value]
    /// What the action left for later tasks.
    public var output: Value?
    /// What the task did to the run's share data, in order.
    public var shareData: [ShareDataChange]
    /// When a task that is parked, retrying or blocked goes on by itself.
    public var wakeAt: Date?
    /// Earlier attempts, and what else is kept of them; `nil` where there is nothing.
    @Boxed public var history: TaskHistory?
    public var startedAt: Date?
    public var endedAt: Date?

    public init(
        dagInsId: String, dagId: String, taskId: String, actionName: String, dependOn: [String] = [], status: TaskInstanceStatus,
        reason: String = "", attempt: Int = 1, version: RecordVersion, worker: String, params: [String: Value] = [:], output: Value? = nil,
        shareData: [ShareDataChange] = [], wakeAt: Date? = nil, history: TaskHistory? = nil, startedAt: Date? = nil, endedAt: Date? = nil
    ) {
        id = Self.makeID(dagInsId: dagInsId, taskId: taskId)
        self.dagInsId = dagInsId
        self.dagId = dagId
        self.taskId = taskId
        self.actionName = actionName
        self.dependOn = dependOn
        self.status = status
        self.reason = reason
        self.attempt = attempt
        self.version = version
        self.worker = worker
        self.params = params
        self.output = output
        self.shareData = shareData
        self.wakeAt = wakeAt
        _history = history == nil ? Boxed() : Boxed(wrappedValue: history)
        self.startedAt = startedAt
        self.endedAt = endedAt
    }

    /// The document id of a task of a run.
    public static func makeID(dagInsId: String, taskId: String) -> String {
        // As "\(dagInsId)/\(taskId)" says, in one piece of memory: two are made for every task.
        var (run, task) = (dagInsId, taskId)
        return run.withUTF8 { run in
            task.withUTF8 { task in
                String(unsafeUninitializedCapacity: run.count + 1 + task.count) { id in
                    _ = id.initialize(fromContentsOf: run)
                    id.initializeElement(at: run.count, to: UInt8(ascii: "/"))
                    _ = id[(run.count + 1)...].initialize(fromContentsOf: task)
                    return id.count
                }
            }
        }
    }
}

/// One change that a task made to the share data of its run.
public struct ShareDataChange: Codable, Hashable, Sendable {
    /// Orders the changes of all tasks of a run.
    public var order: RecordVersion
    public var key: String
    /// The new value; `nil` removes the key.
    public var value: String?

    public init(order: RecordVersion, key: String, value: String?) {
        self.order = order
        self.key = key
        self.value = value
    }
}

extension [String: String] {
    /// Share data after `changes`, the latest change of a key winning.
    public func folding(_ changes: [ShareDataChange]) -> [String: String] {
        changes.sorted { $0.order < $1.order }.reduce(into: self) { data, change in data[change.key] = change.value }
    }
}

public import Workflow

/// How a run stands, and what happened in it.
public struct TestResult: Sendable {
    public let status: DagInstanceStatus
    /// Why it is in its status, where there is something to say.
    public let reason: String
    /// Tasks in the order in which their attempts started; one that was retried is there again.
    public let order: [String]
    /// The run's share data.
    public let shareData: [String: String]
    /// What was said of each command that was given.
    public let commands: [CommandRecord]
    let documents: [String: TaskInstance]

    /// The document of a task; `nil` where it has not started.
    public subscript(task: String) -> TaskInstance? { documents[task] }

    /// Status of a task; `init` where it has not started.
    public func status(of task: String) -> TaskInstanceStatus { documents[task]?.status ?? .`init` }

    /// How many attempts of a task have started.
    public func attempts(_ task: String) -> Int { order.count { $0 == task } }

    /// What a task left for later ones.
    public func output(_ task: String) -> Value? { documents[task]?.output }

    /// Earlier attempts of a task, the latest last.
    public func history(_ task: String) -> [TaskHistory.Attempt] { documents[task]?.history?.attempts ?? [] }
}

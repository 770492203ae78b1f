public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One call of an action, as the closure that stands in for it sees it.
public struct TestCall: Sendable {
    public let taskId: String
    public let actionName: String
    /// Which try this is, from 1.
    public let attempt: Int
    /// Rendered.
    public let params: [String: Value]
    public let vars: [String: String]
    public let outputs: TaskOutputs
    public let shareData: [String: String]
    /// What an earlier call of the attempt left for this one.
    public let memo: Value?
    /// Who has continued the task after it was blocked.
    public let decision: TaskHistory.Decision?
    /// The virtual time.
    public let now: Date
}

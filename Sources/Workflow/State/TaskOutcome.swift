#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How one attempt of a task ended, or how far it came.
public struct TaskOutcome: Sendable, Hashable {
    public var result: Result
    /// What the action left for later tasks.
    public var output: Value?
    /// What the attempt did to the run's share data, in order; the machine gives each change its place in the run.
    public var shareData: [ShareDataEdit]
    /// What the action says about another attempt after a failure.
    public var advice: RetryAdvice?
    /// What an action that waits keeps for its next call.
    public var memo: Value?
    /// The run that does the task's work, where another one does.
    public var childRun: String?
    /// The node that did the work; `nil` for the run's owner.
    public var worker: String?

    public init(
        _ result: Result, output: Value? = nil, shareData: [ShareDataEdit] = [], advice: RetryAdvice? = nil, memo: Value? = nil,
        childRun: String? = nil
    ) {
        self.result = result
        self.output = output
        self.shareData = shareData
        self.advice = advice
        self.memo = memo
        self.childRun = childRun
    }

    public enum Result: Sendable, Hashable {
        case success
        /// The action threw; the text says what.
        case failed(reason: String)
        /// The attempt took longer than it may.
        case timedOut(reason: String)
        case canceled(reason: String)
        /// Run is done, RunAfter is to follow.
        case ran
        /// The action is to be called again at this time, or earlier if somebody wakes the task.
        case parked(until: Date)
        /// Somebody must continue the task; at `until`, if there is one, the action is called again all the same.
        case blocked(reason: String, until: Date?)
    }

    /// What an action says about another attempt.
    public enum RetryAdvice: Sendable, Hashable {
        case never
        /// Not before so many seconds have passed, whatever the backoff says.
        case after(seconds: Double)
    }
}

/// A change of share data before it has its place among the changes of the run.
public struct ShareDataEdit: Sendable, Hashable {
    public var key: String
    /// The new value; `nil` removes the key.
    public var value: String?

    public init(key: String, value: String?) {
        self.key = key
        self.value = value
    }
}

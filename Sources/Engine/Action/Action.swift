public import Workflow

/// What a task does: user code, or one of the built-in actions.
///
/// Parameters are rendered and decoded before `run`; a mistake in them fails the task with the parameter's path in the reason. A thrown error fails the attempt with its description as the
/// reason. Cancellation (a timeout, a node that stops or has lost the run) arrives as cancellation of the Swift task; an action that ignores it keeps its place until it returns.
///
/// An attempt may be repeated: where the worker is lost in the middle, the task runs again elsewhere (at least once). Hand `context.fencingToken` to outside systems that must
/// refuse a repeated or late attempt.
public protocol Action: Sendable {
    associatedtype Parameters: Codable & Sendable = NoParameters

    /// The name that tasks call the action by.
    static var name: String { get }

    func run(_ context: ActionContext, _ parameters: Parameters) async throws
}

/// An action that prepares something before `run`. A thrown error fails the attempt.
public protocol BeforeAction: Action {
    func runBefore(_ context: ActionContext, _ parameters: Parameters) async throws
}

/// An action that does something after `run`, when what `run` did is durable: the task is `ending` meanwhile. Where the worker is lost then, another calls `runAfter` alone.
///
/// A thrown error fails the attempt; another attempt, if there is one, begins with `run` again.
public protocol AfterAction: Action {
    func runAfter(_ context: ActionContext, _ parameters: Parameters) async throws
}

/// An action that cleans up before another attempt follows a failed or canceled one, be it by the task's retry policy or by command.
public protocol RetryBeforeAction: Action {
    func retryBefore(_ context: ActionContext, _ parameters: Parameters) async throws
}

/// Parameters of an action that takes none.
public struct NoParameters: Codable, Sendable, Hashable {
    public init() {}
}

/// Something an action can throw to fail with a plain sentence.
public struct ActionError: Error, Sendable, CustomStringConvertible {
    public var description: String
    /// What the action says about another attempt; `nil` leaves it to the task's retry policy.
    public var advice: TaskOutcome.RetryAdvice?

    public init(_ description: String) { self.description = description }

    /// A failure that another attempt would not mend: the retry policy is not asked.
    public static func doNotRetry(_ description: String) -> ActionError {
        var error = ActionError(description)
        error.advice = .never
        return error
    }

    /// A failure after which another attempt, if the retry policy allows one, should not begin before `delay` has passed (30 days at most).
    public static func retry(after delay: Duration, _ description: String) -> ActionError {
        var error = ActionError(description)
        error.advice = .after(seconds: Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18)
        return error
    }
}

/// What `ActionContext.park` and `block` throw: not a failure, the attempt goes on later. Let it pass.
public struct ActionPause: Error, Sendable {
    let outcome: TaskOutcome
}

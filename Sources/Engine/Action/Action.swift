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

/// Parameters of an action that takes none.
public struct NoParameters: Codable, Sendable, Hashable {
    public init() {}
}

/// Something an action can throw to fail with a plain sentence.
public struct ActionError: Error, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

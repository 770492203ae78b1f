import Workflow

/// The actions that a node offers, by name.
public struct ActionRegistry: Sendable {
    typealias Step = @Sendable (ActionContext, [String: Value]) async throws -> Void

    /// What a task calls of an action.
    struct Runner: Sendable {
        var run: Step
        var runBefore: Step?
        var runAfter: Step?
        var retryBefore: Step?
    }

    private var runners: [String: Runner] = [:]

    public init() {}

    /// Names of all registered actions, aliases included, in order.
    public var names: [String] { runners.keys.sorted() }

    /// Adds an action under its own name and `aliases`.
    /// - Throws: `ActionError` where a name is taken already.
    public mutating func register<A: Action>(_ action: A, aliases: [String] = []) throws(ActionError) {
        for name in [A.name] + aliases {
            guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
            var runner = Runner(run: Self.step(A.Parameters.self) { try await action.run($0, $1) })
            if let action = action as? any BeforeAction { runner.runBefore = Self.before(action) }
            if let action = action as? any AfterAction { runner.runAfter = Self.after(action) }
            if let action = action as? any RetryBeforeAction { runner.retryBefore = Self.retryBefore(action) }
            runners[name] = runner
        }
    }

    private static func step<P: Codable & Sendable>(
        _ type: P.Type, _ body: @escaping @Sendable (ActionContext, P) async throws -> Void
    ) -> Step {
        { context, params in try await body(context, try ValueDecoder().decode(P.self, from: .object(params), path: "params")) }
    }

    private static func before<A: BeforeAction>(_ action: A) -> Step {
        step(A.Parameters.self) { try await action.runBefore($0, $1) }
    }

    private static func after<A: AfterAction>(_ action: A) -> Step {
        step(A.Parameters.self) { try await action.runAfter($0, $1) }
    }

    private static func retryBefore<A: RetryBeforeAction>(_ action: A) -> Step {
        step(A.Parameters.self) { try await action.retryBefore($0, $1) }
    }

    /// Adds an action that is a closure.
    /// - Throws: `ActionError` where the name is taken already.
    public mutating func register<P: Codable & Sendable>(
        _ name: String, parameters: P.Type, _ body: @escaping @Sendable (ActionContext, P) async throws -> Void
    ) throws(ActionError) {
        guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
        runners[name] = Runner(run: Self.step(P.self, body))
    }

    /// Adds an action that is a closure without parameters.
    /// - Throws: `ActionError` where the name is taken already.
    public mutating func register(
        _ name: String, _ body: @escaping @Sendable (ActionContext) async throws -> Void
    ) throws(ActionError) {
        guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
        // Nothing is decoded, so nothing can be wrong: parameters that nobody asked for are left alone, as they are by a type without fields.
        runners[name] = Runner(run: { context, _ in try await body(context) })
    }

    func runner(named name: String) -> Runner? { runners[name] }
}

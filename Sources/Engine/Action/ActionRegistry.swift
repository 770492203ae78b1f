import Workflow

/// The actions that a node offers, by name.
public struct ActionRegistry: Sendable {
    typealias Runner = @Sendable (ActionContext, [String: Value]) async throws -> Void

    private var runners: [String: Runner] = [:]

    public init() {}

    /// Names of all registered actions, aliases included, in order.
    public var names: [String] { runners.keys.sorted() }

    /// Adds an action under its own name and `aliases`.
    /// - Throws: `ActionError` where a name is taken already.
    public mutating func register<A: Action>(_ action: A, aliases: [String] = []) throws(ActionError) {
        for name in [A.name] + aliases {
            guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
            runners[name] = { context, params in
                let parameters = try ValueDecoder().decode(A.Parameters.self, from: .object(params), path: "params")
                try await action.run(context, parameters)
            }
        }
    }

    /// Adds an action that is a closure.
    /// - Throws: `ActionError` where the name is taken already.
    public mutating func register<P: Codable & Sendable>(
        _ name: String, parameters: P.Type, _ body: @escaping @Sendable (ActionContext, P) async throws -> Void
    ) throws(ActionError) {
        guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
        runners[name] = { context, params in
            try await body(context, try ValueDecoder().decode(P.self, from: .object(params), path: "params"))
        }
    }

    /// Adds an action that is a closure without parameters.
    /// - Throws: `ActionError` where the name is taken already.
    public mutating func register(
        _ name: String, _ body: @escaping @Sendable (ActionContext) async throws -> Void
    ) throws(ActionError) {
        guard runners[name] == nil else { throw ActionError("two actions are registered under the name '\(name)'") }
        // Nothing is decoded, so nothing can be wrong: parameters that nobody asked for are left alone, as they are by a type without fields.
        runners[name] = { context, _ in try await body(context) }
    }

    func runner(named name: String) -> Runner? { runners[name] }
}

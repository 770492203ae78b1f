public import Engine
public import KisFlow

/// A program whose `node` command runs nodes: what it adds to the built-in actions, functions and connectors.
public protocol WorkerProgram: Sendable {
    /// The program's name in messages and logs.
    static var name: String { get }
    /// Adds actions of one's own.
    static func register(actions: inout ActionRegistry) throws
    /// Adds KisFlow functions and connectors of one's own; the ready connectors are there already.
    static func register(functions: inout FlowRegistry) throws
}

extension WorkerProgram {
    public static func register(actions: inout ActionRegistry) throws {}
    public static func register(functions: inout FlowRegistry) throws {}
}

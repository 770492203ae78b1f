/// A function that needs something for the length of a run, such as a process or a session with another system.
///
/// Registered with ``FlowRegistry/function(type:_:)`` for all functions of a `type`, or under one name with ``FlowRegistry/function(_:_:)-(_,ScopedFunction)``.
public protocol ScopedFunction: Sendable {
    /// Opens what the function needs, calls `body` once, and closes it, also when `body` throws or the run is cancelled.
    ///
    /// - Parameter context: of the run; rows committed here go nowhere.
    func withSession(_ context: FlowContext, _ body: (any FunctionSession) async throws -> Void) async throws
}

/// A function during one run.
public protocol FunctionSession: Sendable {
    /// Handles the rows of one batch. Calls come one after the other unless the flow runs batches in parallel.
    func call(_ rows: FlowRows, _ context: FlowContext) async throws -> FlowAction
}

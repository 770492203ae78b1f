public import Engine
public import KisFlow

/// The actions that every node offers.
public enum BuiltInActions {
    /// All names that tasks can use, for checking definitions where no node can be asked.
    public static let names: Set<String> = Set(
        [PrintAction.name, WaitAction.name, ShellAction.name, KisflowAction.name, ApproveAction.name, DagAction.name, HTTPAction.name]
            + WaitAction.aliases)

    /// Adds `print`, `wait` (also as `ff-waiting`), `shell`, `kisflow`, `approve`, `dag` and `http`.
    /// - Parameter flows: what `kisflow` can run.
    /// - Throws: `ActionError` where one of the names is taken already.
    public static func register(into registry: inout ActionRegistry, flows: FlowCatalog) throws(ActionError) {
        try registry.register(PrintAction())
        try registry.register(WaitAction(), aliases: WaitAction.aliases)
        try registry.register(ShellAction())
        try registry.register(KisflowAction(flows: flows))
        try registry.register(ApproveAction())
        try registry.register(DagAction())
        try registry.register(HTTPAction())
    }
}

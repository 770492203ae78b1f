import Actions
import Engine
import KisConnectors
import KisFlow
import Logging

/// Everything that a program's node can do: its actions, and the flows that it could join with their functions.
struct WorkerSetup: Sendable {
    let actions: ActionRegistry
    /// Its connectors are to be closed at the end.
    let flows: FlowCatalog

    /// - Parameter flowDirectory: folder of KisFlow files; without one there are no flows.
    /// - Throws: an error that lists every mistake in the files, or names what was registered twice.
    static func make<Program: WorkerProgram>(_: Program.Type, flowDirectory: String?, logger: Logger) throws -> WorkerSetup {
        let functions = try functions(Program.self, flowDirectory: flowDirectory)
        let configuration = try flowDirectory.map { try FlowConfiguration.load(directory: $0) } ?? FlowConfiguration()
        let catalog = FlowCatalog(configuration, registry: functions)
        for (name, error) in catalog.unavailable.sorted(by: { $0.key < $1.key }) {
            logger.warning("a flow cannot run on this node", metadata: ["flow": "\(name)", "reason": "\(error)"])
        }
        var actions = ActionRegistry()
        try BuiltInActions.register(into: &actions, flows: catalog)
        try Program.register(actions: &actions)
        return WorkerSetup(actions: actions, flows: catalog)
    }

    /// The functions and connectors that a program has. Programs of exec functions start in the folder of the flows.
    static func functions<Program: WorkerProgram>(_: Program.Type, flowDirectory: String?) throws -> FlowRegistry {
        var functions = FlowRegistry()
        try functions.registerConnectors()
        try functions.registerExecFunctions(directory: flowDirectory)
        try Program.register(functions: &functions)
        return functions
    }
}

/// Flows, functions and connectors that belong together, usually a folder of YAML files (see ``load(directory:)``).
///
/// It says what should run and holds no code: a ``FlowCatalog`` joins it with a ``FlowRegistry``.
public struct FlowConfiguration: Sendable, Hashable {
    /// Sorted by name, as are the other lists, so that equal contents are equal values.
    public let flows: [FlowDefinition]
    public let functions: [FunctionDefinition]
    public let connectors: [ConnectorDefinition]
    public let global: GlobalDefinition?

    /// - Throws: ``FlowError`` of kind `configuration` that lists every duplicate name, every unknown function or connector, and every value
    ///   out of range.
    public init(
        flows: [FlowDefinition] = [], functions: [FunctionDefinition] = [], connectors: [ConnectorDefinition] = [],
        global: GlobalDefinition? = nil
    ) throws {
        self.init(sorting: flows, functions, connectors, global)
        let issues = ConfigurationCheck().issues(in: self)
        guard issues.isEmpty else { throw FlowError(issues: issues) }
    }

    /// Takes the definitions as they are; the caller checks them.
    init(
        sorting flows: [FlowDefinition], _ functions: [FunctionDefinition], _ connectors: [ConnectorDefinition],
        _ global: GlobalDefinition?
    ) {
        self.flows = flows.sorted { $0.name < $1.name }
        self.functions = functions.sorted { $0.name < $1.name }
        self.connectors = connectors.sorted { $0.name < $1.name }
        self.global = global
    }
}

/// All flows of a configuration, joined with the code of a registry. Immutable, so any number of runs can share it.
///
/// A flow whose functions are not registered here does not keep the others from running: it is listed in ``unavailable``, and asking for it says why.
public struct FlowCatalog: Sendable {
    private let flows: [String: Flow]
    private let started: [BuiltConnector]
    /// Why a flow cannot run in this process, by the flow's name.
    public let unavailable: [String: FlowError]

    /// Starts every connector of the configuration once.
    public init(_ configuration: FlowConfiguration, registry: FlowRegistry) {
        var flows: [String: Flow] = [:]
        var unavailable: [String: FlowError] = [:]
        let connectors = Dictionary(
            configuration.connectors.map { definition in (definition.name, Result { try BuiltConnector(definition, registry) }) },
            uniquingKeysWith: { first, _ in first })
        let functions = Dictionary(configuration.functions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let parts = FlowParts(functions: functions, connectors: connectors, registry: registry)
        for definition in configuration.flows {
            do {
                flows[definition.name] = try Flow(definition, parts)
            } catch {
                unavailable[definition.name] = FlowError(.unavailable, "\(error)", underlying: error).at(flow: definition.name)
            }
        }
        self.flows = flows
        self.unavailable = unavailable
        started = connectors.values.compactMap { try? $0.get() }
    }

    /// Closes all connectors; call it after the last run.
    public func close() async {
        for built in started { await built.connector.close() }
    }

    /// The names of the flows that can run here, sorted.
    public var names: [String] { flows.keys.sorted() }

    /// - Throws: ``FlowError`` of kind `unknownFlow` with the nearest known name, or `unavailable` with what is missing.
    public func flow(_ name: String) throws -> Flow {
        if let flow = flows[name] { return flow }
        if let error = unavailable[name] { throw error }
        let hint = NearestName.hint(for: name, among: Set(flows.keys).union(unavailable.keys))
        throw FlowError(.unknownFlow, "there is no flow \"\(name)\"\(hint)")
    }
}

/// A connector with the definition that it was made from.
struct BuiltConnector: Sendable {
    let definition: ConnectorDefinition
    let connector: any Connector
    let metadata = Metadata()

    init(_ definition: ConnectorDefinition, _ registry: FlowRegistry) throws {
        self.definition = definition
        connector = try registry.makeConnector(definition)
    }
}

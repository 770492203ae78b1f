/// What the code at hand lacks for the enabled flows of a configuration.
struct MissingCode {
    let configuration: FlowConfiguration
    let registry: FlowRegistry
    let places: ConfigurationCheck

    private var flows: [FlowDefinition] { configuration.flows.filter { $0.isEnabled && !$0.steps.isEmpty } }

    /// The functions that are used and defined.
    private var functions: [FunctionDefinition] {
        let used = Set(flows.flatMap { $0.steps.map(\.function) })
        return configuration.functions.filter { used.contains($0.name) }
    }

    private var connectors: [ConnectorDefinition] {
        let used = Set(functions.flatMap(\.connectors) + flows.compactMap(\.source))
        return configuration.connectors.filter { used.contains($0.name) }
    }

    var errors: [ConfigurationIssue] {
        get async { missingFunctions + missingConnectors + (await broken) }
    }

    private var missingFunctions: [ConfigurationIssue] {
        functions.filter { !registry.canMake($0) }.map { function in
            let message =
                if let type = function.type {
                    "type \"\(type)\" of function \"\(function.name)\" is not registered\(hint(type, registry.functionTypes))"
                } else {
                    "function \"\(function.name)\" is not registered\(hint(function.name, registry.functionNames))"
                }
            return places.issue(message, at: .function(function.name))
        }
    }

    private var missingConnectors: [ConfigurationIssue] {
        connectors.filter { !registry.canMake($0) }.map { connector in
            let known = hint(connector.type, registry.connectorTypes)
            return places.issue(
                "type \"\(connector.type)\" of connector \"\(connector.name)\" is not registered\(known)", at: .connector(connector.name))
        }
    }

    /// Flows whose code is there and cannot be made: wrong parameters, for instance.
    private var broken: [ConfigurationIssue] {
        get async {
            guard missingFunctions.isEmpty, missingConnectors.isEmpty else { return [] }
            let defined = Set(configuration.functions.map(\.name))
            let stores = Set(configuration.connectors.map(\.name))
            let whole = flows.filter { flow in
                flow.steps.allSatisfy { defined.contains($0.function) } && (flow.source.map(stores.contains) ?? true)
            }
            let catalog = FlowCatalog(configuration, registry: registry)
            await catalog.close()
            return whole.compactMap { flow in
                catalog.unavailable[flow.name].map { places.issue("flow \"\(flow.name)\" cannot run: \($0.message)", at: .flow(flow.name)) }
            }
        }
    }

    private func hint(_ name: String, _ known: [String]) -> String { NearestName.hint(for: name, among: known) }
}

extension FlowRegistry {
    /// Runs one function on some rows, as a flow of its own: for tests of functions.
    ///
    ///     let result = try await registry.run("AverageScore", on: [Scores(student: 1, math: 80, art: 90)])
    ///     #expect(try result.rows(as: Average.self) == [Average(student: 1, score: 85)])
    ///
    /// - Parameters:
    ///   - mode: `must` fields are looked for in a Verify function only.
    ///   - connector: what the function loads from or saves to, such as a ``MemoryConnector``.
    /// - Throws: ``FlowError``.
    public func run<Row: Codable & Sendable>(
        _ function: String, on rows: [Row], mode: FunctionMode = .expand, must: [String] = [], params: [String: String] = [:],
        onError: ErrorRowPolicy = .fail, connector: (any Connector)? = nil, options: RunOptions = RunOptions()
    ) async throws -> FlowResult {
        let definition = FunctionDefinition(
            name: function, mode: mode, source: .init(must: must), connector: connector.map { _ in Self.trial }, defaultParams: params,
            onError: onError)
        return try await run(definition, on: rows, connector: connector, options: options)
    }

    /// Runs one function with a definition of its own on some rows.
    ///
    /// - Parameter connector: stands for the connector that the definition names.
    public func run<Row: Codable & Sendable>(
        _ definition: FunctionDefinition, on rows: [Row], connector: (any Connector)? = nil, options: RunOptions = RunOptions()
    ) async throws -> FlowResult {
        var registry = self
        let connectors = definition.connectors.map { ConnectorDefinition(name: $0, type: Self.trial) }
        if let connector { try registry.connector(type: Self.trial) { _ in connector } }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: definition.name, steps: [.init(definition.name)])], functions: [definition],
            connectors: connectors)
        return try await FlowCatalog(configuration, registry: registry).flow(definition.name).run(rows, options: options)
    }

    private static let trial = "trial"
}

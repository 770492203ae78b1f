/// A connector made of closures, one for each function that loads or saves through it, around a client that is made once.
///
///     try registry.connector(
///         RoutedConnector { definition in RedisClient(definition.address) }
///             .saving("SaveScores") { (rows: [Score], redis, request) in … }
///             .loading("LoadScores") { redis, request -> [Score] in … },
///         named: "Score12Cache")
public struct RoutedConnector<Client: Sendable>: Sendable {
    typealias Load = @Sendable (Client, ConnectorRequest) async throws -> FlowRows
    typealias Save = @Sendable (FlowRows, Client, ConnectorRequest) async throws -> Void

    let start: @Sendable (ConnectorDefinition) throws -> Client
    private(set) var loads: [String: Load] = [:]
    private(set) var saves: [String: Save] = [:]

    /// - Parameter start: makes the client, once for each catalogue.
    public init(_ start: @escaping @Sendable (ConnectorDefinition) throws -> Client) {
        self.start = start
    }

    /// What happens when this function loads.
    public func loading<Row: Codable & Sendable>(
        _ function: String, _ body: @escaping @Sendable (Client, ConnectorRequest) async throws -> [Row]
    ) -> Self {
        var new = self
        new.loads[function] = { client, request in FlowRows(try await body(client, request)) }
        return new
    }

    /// What happens when this function saves.
    public func saving<Row: Codable & Sendable>(
        _ function: String, _ body: @escaping @Sendable ([Row], Client, ConnectorRequest) async throws -> Void
    ) -> Self {
        var new = self
        new.saves[function] = { rows, client, request in try await body(rows.values(as: Row.self), client, request) }
        return new
    }

    func connector(_ definition: ConnectorDefinition) throws -> any Connector {
        StartedConnector(client: try start(definition), routes: self)
    }
}

private struct StartedConnector<Client: Sendable>: Connector {
    let client: Client
    let routes: RoutedConnector<Client>

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        guard let load = routes.loads[request.function] else { throw missing("load", request, routes.loads.keys) }
        try await take(RowBatch(rows: try await load(client, request).values(as: type)))
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        guard let save = routes.saves[request.function] else { throw missing("save", request, routes.saves.keys) }
        try await save(FlowRows(rows), client, request)
    }

    private func missing(_ what: String, _ request: ConnectorRequest, _ known: some Sequence<String>) -> FlowError {
        let others = known.sorted().joined(separator: ", ")
        return FlowError(
            .connector,
            "connector \"\(request.connector.name)\" has nothing registered to \(what) for function \"\(request.function)\" (it has: \(others))"
        )
    }
}

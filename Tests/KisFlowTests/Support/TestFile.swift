import KisConnectors
import KisFlow

/// One file connector, used by a Load and a Save function, as in a flow.
struct TestFile {
    let definition: ConnectorDefinition
    let onError: ErrorRowPolicy

    init(_ definition: ConnectorDefinition, onError: ErrorRowPolicy = .fail) {
        self.definition = definition
        self.onError = onError
    }

    init(_ type: String, _ address: String, _ params: [String: String] = [:], key: String = "", onError: ErrorRowPolicy = .fail) {
        self.init(ConnectorDefinition(name: "file", type: type, address: address, key: key, params: params), onError: onError)
    }

    func flow() throws -> Flow { try flow { (_: FlowContext) in .next } }

    func run<Row: Codable & Sendable>(_ type: Row.Type) async throws -> FlowResult {
        let flow = try flow { context in
            context.commit(contentsOf: try await context.connector.load(type))
            return .next
        }
        return try await flow.run()
    }

    func load<Row: Codable & Sendable>(_ type: Row.Type) async throws -> [Row] {
        try await run(type).rows(as: type)
    }

    /// The sizes of the batches.
    func batches<Row: Codable & Sendable>(_ type: Row.Type) async throws -> [Int] {
        let flow = try flow { context in
            try await context.connector.load(type) { context.commit($0.count) }
            return .next
        }
        return try await flow.run().rows(as: Int.self)
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], _ params: [String: String] = [:]) async throws {
        let flow = try flow { context in
            try await context.connector.save(rows)
            return .next
        }
        _ = try await flow.run(params: params)
    }

    private func flow(_ body: @escaping @Sendable (FlowContext) async throws -> FlowAction) throws -> Flow {
        var registry = FlowRegistry()
        try registry.registerFileConnectors()
        try registry.function("use", body)
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "file", steps: [.init("use")])],
            functions: [FunctionDefinition(name: "use", mode: .load, connector: definition.name, onError: onError)],
            connectors: [definition])
        return try FlowCatalog(configuration, registry: registry).flow("file")
    }
}

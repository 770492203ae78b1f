import KisFlow
import Testing

@Suite("Registry and catalogue")
struct CatalogTests {
    struct MemoryConnector: Connector {
        let text: String

        func load<Row: Codable & Sendable>(
            _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
        ) async throws {
            try await take(RowBatch(rows: FlowRows(["\"\(text) \(request.function) \(request.params["a"] ?? "")\""]).values(as: type)))
        }

        func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
            throw FlowError(.connector, "read only")
        }
    }

    @Test("a name can be registered once")
    func duplicates() throws {
        var registry = FlowRegistry()
        try registry.function("f") { _ in .next }
        let error = #expect(throws: FlowError.self) { try registry.function("f") { (rows: [Int], context: FlowContext) in .next } }
        #expect(error?.kind == .duplicateName)
        try registry.connector(type: "CSV") { _ in MemoryConnector(text: "") }
        #expect(throws: FlowError.self) { try registry.connector(type: "csv") { _ in MemoryConnector(text: "") } }
    }

    @Test("a flow without its code is unavailable with all that is missing, and the others run")
    func unavailable() async throws {
        var registry = FlowRegistry()
        try registry.function("ready") { _ in .next }
        let configuration = try FlowConfiguration(
            flows: [
                FlowDefinition(name: "good", steps: [.init("ready")]),
                FlowDefinition(name: "bad", steps: [.init("raedy"), .init("stores"), .init("raedy")]),
                FlowDefinition(name: "empty", steps: []),
            ],
            functions: [
                FunctionDefinition(name: "ready", mode: .expand), FunctionDefinition(name: "raedy", mode: .expand),
                FunctionDefinition(name: "stores", mode: .save, connector: "store"),
            ],
            connectors: [ConnectorDefinition(name: "store", type: "tape")])
        let catalog = FlowCatalog(configuration, registry: registry)
        #expect(catalog.names == ["good"])
        #expect(try await catalog.flow("good").run(rows: [1]).status == .completed)
        let error = #expect(throws: FlowError.self) { try catalog.flow("bad") }
        #expect(error?.kind == .unavailable)
        #expect(
            error?.description
                == #"flow bad: function "raedy" is not registered, did you mean "ready"?; function "stores" is not registered"#)
        #expect(catalog.unavailable["empty"]?.description == "flow empty: it has no functions")
    }

    @Test("an unknown flow is named together with the nearest known one")
    func unknownFlow() throws {
        let configuration = try FlowConfiguration(flows: [FlowDefinition(name: "FlightDelays", steps: [])])
        let error = #expect(throws: FlowError.self) { try FlowCatalog(configuration, registry: FlowRegistry()).flow("FlightDelay") }
        #expect(error?.kind == .unknownFlow)
        #expect(error?.description == #"there is no flow "FlightDelay", did you mean "FlightDelays"?"#)
    }

    @Test("a connector is made once for all flows; a factory by name wins over one by type")
    func connectors() async throws {
        let made = Notes<String>()
        var registry = FlowRegistry()
        try registry.connector(type: "memory") { definition in
            made.add(definition.name)
            return MemoryConnector(text: "by type")
        }
        try registry.connector(named: "special") { definition in
            made.add(definition.name)
            return MemoryConnector(text: "by name")
        }
        for name in ["one", "two"] {
            try registry.function(name) { context in
                try await context.connector.load(String.self, params: ["a": "request"]) { context.commit(contentsOf: $0) }
                return .next
            }
        }
        let configuration = try FlowConfiguration(
            flows: [
                FlowDefinition(name: "a", steps: [.init("one", params: ["a": "flow"])]),
                FlowDefinition(name: "b", steps: [.init("one"), .init("two")]),
            ],
            functions: [
                FunctionDefinition(name: "one", mode: .load, connector: "plain"),
                FunctionDefinition(name: "two", mode: .load, connector: "special"),
            ],
            connectors: [ConnectorDefinition(name: "plain", type: "Memory"), ConnectorDefinition(name: "special", type: "memory")])
        let catalog = FlowCatalog(configuration, registry: registry)
        #expect(try await catalog.flow("a").run().rows(as: String.self) == [#""by type one request""#])
        #expect(try await catalog.flow("b").run().rows(as: String.self) == [#""by name two request""#])
        #expect(made.all.sorted() == ["plain", "special"])
    }

    @Test("a connector that does not start makes only its flows unavailable, with the reason")
    func brokenConnector() throws {
        struct Refused: Error {}
        var registry = FlowRegistry()
        try registry.connector(type: "redis") { _ in throw Refused() }
        try registry.function("save") { _ in .next }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "f", steps: [.init("save")])],
            functions: [FunctionDefinition(name: "save", mode: .save, connector: "cache")],
            connectors: [ConnectorDefinition(name: "cache", type: "redis")])
        let catalog = FlowCatalog(configuration, registry: registry)
        #expect(catalog.unavailable["f"]?.description == #"flow f: connector "cache" did not start: Refused()"#)
    }

    @Test("asking for a connector that the function does not have is an error")
    func noConnector() async throws {
        var test = TestFlow()
        try test.add("save") { (rows: [Int], context: FlowContext) in
            try await context.connector.save(rows)
            return .next
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1]) }
        #expect(error.kind == .connector)
    }

    @Test("a configuration made in code is checked like one from files")
    func checkedInCode() {
        let error = #expect(throws: FlowError.self) {
            try FlowConfiguration(
                flows: [FlowDefinition(name: "f", steps: [.init("nowhere")]), FlowDefinition(name: "f", steps: [])],
                functions: [FunctionDefinition(name: "g", mode: .save, connector: "c", retryTimes: -1)])
        }
        #expect(error?.issues.count == 4)
    }
}

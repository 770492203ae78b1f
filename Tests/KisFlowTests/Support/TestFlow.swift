import KisFlow
import Synchronization
import Testing

/// A flow of Expand functions that are written next to each other in a test.
struct TestFlow {
    var registry = FlowRegistry()
    private var definition = FlowDefinition(name: "test", steps: [])
    private var functions: [FunctionDefinition] = []
    private var connectors: [ConnectorDefinition] = []

    init(isEnabled: Bool = true) {
        definition.isEnabled = isEnabled
    }

    mutating func use(_ function: String, params: [String: String] = [:]) {
        definition.steps.append(.init(function, params: params))
    }

    mutating func connector(_ definition: ConnectorDefinition) {
        connectors.append(definition)
    }

    mutating func add<Row: Codable & Sendable>(
        _ definition: FunctionDefinition, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction
    ) throws {
        try registry.function(definition.name, body)
        functions.append(definition)
        use(definition.name)
    }

    mutating func add<Row: Codable & Sendable>(
        _ name: String, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction
    ) throws {
        try add(FunctionDefinition(name: name, mode: .expand), body)
    }

    func flow() throws -> Flow {
        let configuration = try FlowConfiguration(flows: [definition], functions: functions, connectors: connectors)
        return try FlowCatalog(configuration, registry: registry).flow("test")
    }
}

/// Values noted from anywhere, in order.
final class Notes<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) {
        values.withLock { $0.append(value) }
    }

    var all: [Value] { values.withLock { $0 } }
}

/// The error that this throws.
func flowError(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws -> FlowError {
    do {
        try await body()
    } catch let error as FlowError {
        return error
    }
    try #require(Bool(false), "no error was thrown", sourceLocation: sourceLocation)
    throw CancellationError()
}

struct Score: Codable, Sendable, Hashable {
    var id: Int
    var score: Double
}

struct Average: Codable, Sendable, Hashable {
    var id: Int
    var average: Double
}

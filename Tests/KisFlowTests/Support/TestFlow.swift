import KisFlow
import Synchronization
import Testing

/// A flow of Expand functions that are written next to each other in a test.
struct TestFlow {
    var registry = FlowRegistry()
    var definition = FlowDefinition(name: "test", steps: [])
    var functions: [FunctionDefinition] = []
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

    func truncate(_ count: Int) {
        values.withLock { $0.removeSubrange(count...) }
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

/// Rows of a list in batches, with positions.
struct ListConnector: Connector {
    let rows: [String]

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        var start = 0
        if case .int(let position) = request.resume { start = position }
        while start < rows.count {
            let end = min(start + request.batch.maxRows, rows.count)
            var batch = RowBatch<Row>(rows: [], position: .int(end))
            for (index, text) in rows[start..<end].enumerated() {
                do {
                    batch.rows += try FlowRows([text]).values(as: type)
                } catch {
                    batch.bad.append(BadRow(index: start + index, source: "list:\(start + index)", reason: "no row", text: text))
                }
            }
            try await take(batch)
            start = end
        }
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        throw FlowError(.connector, "a list is only read")
    }
}

/// A place to save to that remembers every row, in order, over runs.
struct NotesConnector: Connector {
    let saved: Notes<String>

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        try await take(RowBatch(rows: try FlowRows(saved.all).values(as: type)))
    }

    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        for text in try FlowRows(rows).values(as: String.self) { saved.add(text) }
    }
}

extension TestFlow {
    mutating func source(_ connector: String) { definition.source = connector }

    mutating func fold<Row: Codable & Sendable, State: Codable & Sendable>(
        _ name: String, into initial: State, _ update: @escaping @Sendable (inout State, [Row], FlowContext) async throws -> Void,
        finish: @escaping @Sendable (State, FlowContext) async throws -> FlowAction
    ) throws {
        try registry.fold(name, into: initial, update, finish: finish)
        define(FunctionDefinition(name: name, mode: .calculate))
    }

    mutating func map<Row: Codable & Sendable, Output: Codable & Sendable>(
        _ definition: FunctionDefinition, _ body: @escaping @Sendable (Row, FlowContext) throws -> Output?
    ) throws {
        try registry.map(definition.name, body)
        define(definition)
    }

    mutating func define(_ function: FunctionDefinition) {
        functions.append(function)
        use(function.name)
    }
}

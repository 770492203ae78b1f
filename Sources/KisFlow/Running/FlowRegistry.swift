/// The code that flows can use: functions by name, connectors by name or type. A value; make as many as you like.
///
///     var registry = FlowRegistry()
///     try registry.function("AverageScore") { (rows: [Scores], context: FlowContext) in
///         for row in rows { context.commit(Average(student: row.student, score: row.mean)) }
///         return .next
///     }
public struct FlowRegistry: Sendable {
    public typealias ConnectorFactory = @Sendable (ConnectorDefinition) throws -> any Connector

    public typealias FunctionFactory = @Sendable (FunctionDefinition) throws -> any ScopedFunction

    private(set) var functions: [String: RegisteredFunction] = [:]
    /// `save` and `load` need no code: their rows go through the connector as they are.
    private var functionsByType: [String: FunctionFactory] = ["save": { _ in SaveFunction() }, "load": { _ in LoadFunction() }]
    private var connectorsByName: [String: ConnectorFactory] = [:]
    private var connectorsByType: [String: ConnectorFactory] = [:]

    public init() {}

    /// The names of all functions, sorted.
    public var functionNames: [String] { functions.keys.sorted() }

    /// Registers a function over rows of one type. Rows that come in as another type are converted by way of JSON.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func function<Row: Codable & Sendable>(
        _ name: String, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction
    ) throws {
        try register(RegisteredFunction(name: name, body))
    }

    /// Registers a function that does not look at its rows, so they are never converted. In a Verify function, `must` is not checked then.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func function(_ name: String, _ body: @escaping @Sendable (FlowContext) async throws -> FlowAction) throws {
        try register(RegisteredFunction(name: name, body))
    }

    /// Registers a function whose rows are not JSON where they are texts or bytes.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func function<Row: Codable & Sendable>(
        _ name: String, serializer: any RowSerializer, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction
    ) throws {
        try register(RegisteredFunction(name: name, serializer: serializer, body))
    }

    /// Registers a function that makes one row of each row, or none where `body` returns `nil`. A row for which it throws is an error row: the others
    /// go on as the function's `on_error` says.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func map<Row: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String, _ body: @escaping @Sendable (Row, FlowContext) throws -> Output?
    ) throws {
        try function(name) { (rows: [Row], context: FlowContext) in
            var outputs: [Output] = []
            outputs.reserveCapacity(rows.count)
            for (number, row) in rows.enumerated() {
                do {
                    if let output = try body(row, context) { outputs.append(output) }
                } catch {
                    if error is CancellationError { throw error }
                    context.fail(rowAt: number, error)
                }
            }
            context.commit(contentsOf: outputs)
            return .next
        }
    }

    /// Registers a function that keeps a state over all batches of a run, and gives rows when the last one is done.
    ///
    /// Batches come one after the other, in the order of the stream unless the flow gives that up. `update` may commit rows as well; where it commits
    /// none, the batch ends there. Since its state can be written, the flow can go on from a checkpoint.
    ///
    /// - Parameters:
    ///   - initial: the state before the first row.
    ///   - finish: commits what came of it all; the functions after this one get it. Called only when rows have come.
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func fold<Row: Codable & Sendable, State: Codable & Sendable>(
        _ name: String, into initial: @autoclosure @escaping @Sendable () -> State,
        _ update: @escaping @Sendable (inout State, [Row], FlowContext) async throws -> Void,
        finish: @escaping @Sendable (State, FlowContext) async throws -> FlowAction
    ) throws {
        try register(.fold(name, { Fold(codable: initial) }, update, finish))
    }

    /// The same with a state that cannot be written: a flow with it keeps no checkpoints.
    public mutating func fold<Row: Codable & Sendable, State: Sendable>(
        _ name: String, into initial: @autoclosure @escaping @Sendable () -> State,
        _ update: @escaping @Sendable (inout State, [Row], FlowContext) async throws -> Void,
        finish: @escaping @Sendable (State, FlowContext) async throws -> FlowAction
    ) throws {
        try register(.fold(name, { Fold(initial, codec: nil) }, update, finish))
    }

    /// Registers a function that has something of its own for the length of a run.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func function(_ name: String, _ function: any ScopedFunction) throws {
        try register(RegisteredFunction(name: name, scoped: function))
    }

    /// Registers what makes the functions of this type (`type`), called once for each place of a flow.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func function(type: String, _ factory: @escaping FunctionFactory) throws {
        guard functionsByType.updateValue(factory, forKey: type.lowercased()) == nil else {
            throw FlowError(.duplicateName, "a function type \"\(type)\" is registered already")
        }
    }

    /// Registers what makes the connector with this name (`cname`), called once for each catalogue.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func connector(named name: String, _ factory: @escaping ConnectorFactory) throws {
        guard connectorsByName.updateValue(factory, forKey: name) == nil else {
            throw FlowError(.duplicateName, "a connector named \"\(name)\" is registered already")
        }
    }

    /// Registers what makes connectors of this type (`type`, whatever the case), called once for each connector of a catalogue.
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func connector(type: String, _ factory: @escaping ConnectorFactory) throws {
        guard connectorsByType.updateValue(factory, forKey: type.lowercased()) == nil else {
            throw FlowError(.duplicateName, "a connector type \"\(type)\" is registered already")
        }
    }

    /// Registers a connector made of closures for the name (`cname`).
    ///
    /// - Throws: ``FlowError`` of kind `duplicateName`.
    public mutating func connector<Client>(_ routed: RoutedConnector<Client>, named name: String) throws {
        try connector(named: name) { try routed.connector($0) }
    }

    /// The types of connectors, sorted.
    public var connectorTypes: [String] { connectorsByType.keys.sorted() }

    /// The types of functions, sorted.
    public var functionTypes: [String] { functionsByType.keys.sorted() }

    /// Whether something is registered that makes this connector.
    public func canMake(_ connector: ConnectorDefinition) -> Bool {
        connectorsByName[connector.name] != nil || connectorsByType[connector.type.lowercased()] != nil
    }

    /// Whether code is registered for this function.
    public func canMake(_ function: FunctionDefinition) -> Bool {
        if let type = function.type { return functionsByType[type.lowercased()] != nil }
        return functions[function.name] != nil
    }

    /// - Throws: ``FlowError`` of kind `unavailable`.
    func makeFunction(_ definition: FunctionDefinition) throws -> RegisteredFunction {
        guard let type = definition.type else {
            if let function = functions[definition.name] { return function }
            let hint = NearestName.hint(for: definition.name, among: functions.keys)
            throw FlowError(.unavailable, "function \"\(definition.name)\" is not registered\(hint)")
        }
        guard let factory = functionsByType[type.lowercased()] else {
            let known = functionTypes.joined(separator: ", ")
            throw FlowError(.unavailable, "function \"\(definition.name)\": type \"\(type)\" is not registered (known: \(known))")
        }
        do {
            return RegisteredFunction(name: definition.name, scoped: try factory(definition))
        } catch {
            throw FlowError(.unavailable, "function \"\(definition.name)\": \(error)", underlying: error)
        }
    }

    func makeConnector(_ definition: ConnectorDefinition) throws -> any Connector {
        guard let factory = connectorsByName[definition.name] ?? connectorsByType[definition.type.lowercased()] else {
            let known = connectorsByType.keys.sorted().joined(separator: ", ")
            throw FlowError(.connector, "connector \"\(definition.name)\": type \"\(definition.type)\" is not registered (known: \(known))")
        }
        do {
            return try factory(definition)
        } catch {
            throw FlowError(.connector, "connector \"\(definition.name)\" did not start: \(error)", underlying: error)
        }
    }

    private mutating func register(_ function: RegisteredFunction) throws {
        guard functions.updateValue(function, forKey: function.name) == nil else {
            throw FlowError(.duplicateName, "a function named \"\(function.name)\" is registered already")
        }
    }
}

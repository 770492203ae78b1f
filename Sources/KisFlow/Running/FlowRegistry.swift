/// The code that flows can use: functions by name, connectors by name or type. A value; make as many as you like.
///
///     var registry = FlowRegistry()
///     try registry.function("AverageScore") { (rows: [Scores], context: FlowContext) in
///         for row in rows { context.commit(Average(student: row.student, score: row.mean)) }
///         return .next
///     }
public struct FlowRegistry: Sendable {
    public typealias ConnectorFactory = @Sendable (ConnectorDefinition) throws -> any Connector

    private(set) var functions: [String: RegisteredFunction] = [:]
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

/// What the flows of a catalogue are made of.
struct FlowParts: Sendable {
    var functions: [String: FunctionDefinition]
    let connectors: [String: Result<BuiltConnector, any Error>]
    let registry: FlowRegistry

    /// - Throws: ``FlowError`` of kind `unavailable` that says what is not there.
    func step(_ number: Int, _ place: FlowDefinition.Step) throws -> Flow.Step {
        guard let definition = functions[place.function] else {
            throw FlowError(.unavailable, "function \"\(place.function)\" is not defined")
        }
        var letters: String?
        if case .deadLetter(let name) = definition.onError { letters = name }
        return Flow.Step(
            number: number, definition: definition, function: try registry.makeFunction(definition),
            params: definition.defaultParams.merging(place.params) { _, flow in flow }, connector: try definition.connector.map(connector),
            deadLetters: try letters.map(connector))
    }

    func connector(_ name: String) throws -> BuiltConnector {
        guard let built = connectors[name] else { throw FlowError(.unavailable, "connector \"\(name)\" is not defined") }
        return try built.get()
    }
}

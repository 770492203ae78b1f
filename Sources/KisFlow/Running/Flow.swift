/// One flow, ready to run. Immutable: all that changes belongs to a run, so one flow runs any number of times at once.
public struct Flow: Sendable {
    /// A place in the flow with everything that it needs.
    struct Step: Sendable {
        /// Counted from 0.
        let number: Int
        let definition: FunctionDefinition
        let function: RegisteredFunction
        /// Default parameters with the flow's on top.
        let params: [String: String]
        let connector: BuiltConnector?
        let deadLetters: BuiltConnector?

        /// Whether the order of calls can be seen outside.
        var writes: Bool { definition.mode == .save || (connector != nil && definition.mode != .load) }

        var retryTimes: Int {
            definition.onError == .retry && definition.retryTimes == 0 ? Flow.standardRetries : definition.retryTimes
        }
    }

    /// A run that jumps more often than this fails, unless it is given another limit.
    public static let defaultMaximumJumps = 1_000
    /// How often `on_error: retry` tries again where `retry_times` says nothing.
    static let standardRetries = 3

    public private(set) var definition: FlowDefinition
    private(set) var steps: [Step]
    let parts: FlowParts

    public var name: String { definition.name }

    /// - Throws: ``FlowError`` of kind `unavailable` that lists everything that is not there.
    init(_ definition: FlowDefinition, _ parts: FlowParts) throws {
        self.definition = definition
        self.parts = parts
        guard definition.isEnabled else {
            steps = []
            return
        }
        var problems: [String] = []
        var steps: [Step] = []
        for (number, place) in definition.steps.enumerated() {
            do {
                steps.append(try parts.step(number, place))
            } catch {
                let problem = "\(error)"
                if !problems.contains(problem) { problems.append(problem) }
            }
        }
        if let source = definition.source, case .failure(let error) = Result(catching: { try parts.connector(source) }) {
            problems.append("\(error)")
        }
        if definition.steps.isEmpty { problems.append("it has no functions") }
        guard problems.isEmpty else { throw FlowError(.unavailable, problems.joined(separator: "; ")) }
        self.steps = steps
    }

    /// The flow with one more function at its end; this one stays as it is.
    ///
    /// - Parameter function: the name of a function that the configuration defines.
    /// - Throws: ``FlowError`` of kind `unavailable`.
    public func appending(_ function: String, params: [String: String] = [:]) throws -> Flow {
        var flow = self
        let place = FlowDefinition.Step(function, params: params)
        flow.definition.steps.append(place)
        if definition.isEnabled {
            do {
                flow.steps.append(try parts.step(steps.count, place))
            } catch let error as FlowError {
                throw error.at(flow: name)
            }
        }
        return flow
    }

    /// The flow with one more function at its end, by a definition that is not in the configuration.
    ///
    /// - Throws: ``FlowError`` of kind `unavailable` when no code is registered for it, `duplicateName` when the configuration defines another one of the name.
    public func appending(_ definition: FunctionDefinition, params: [String: String] = [:]) throws -> Flow {
        if let known = parts.functions[definition.name], known != definition {
            throw FlowError(.duplicateName, "the configuration defines another function \"\(definition.name)\"").at(flow: name)
        }
        var flow = self
        flow = Flow(self, defining: definition)
        return try flow.appending(definition.name, params: params)
    }

    private init(_ other: Flow, defining function: FunctionDefinition) {
        definition = other.definition
        steps = other.steps
        var parts = other.parts
        parts.functions[function.name] = function
        self.parts = parts
    }

    /// The definition of a function of the configuration, by its name.
    public func function(named name: String) -> FunctionDefinition? { parts.functions[name] }
}

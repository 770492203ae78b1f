public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One flow, ready to run. Immutable: all that changes belongs to a run, so one flow runs any number of times at once.
public struct Flow: Sendable {
    /// A place in the flow with everything that it needs.
    struct Step: Sendable {
        let definition: FunctionDefinition
        let function: RegisteredFunction
        /// Default parameters with the flow's on top.
        let params: [String: String]
        let connector: BuiltConnector?
    }

    /// A run that jumps more often than this fails, unless it is given another limit.
    public static let defaultMaximumJumps = 1_000

    public let definition: FlowDefinition
    let steps: [Step]

    public var name: String { definition.name }

    /// - Throws: ``FlowError`` of kind `unavailable` that lists everything that is not there.
    init(
        _ definition: FlowDefinition, _ functions: [String: FunctionDefinition],
        _ connectors: [String: Result<BuiltConnector, any Error>], _ registry: FlowRegistry
    ) throws {
        self.definition = definition
        guard definition.isEnabled else {
            steps = []
            return
        }
        var problems: [String] = []
        var steps: [Step] = []
        for place in definition.steps {
            do {
                steps.append(try Step(place, functions, connectors, registry))
            } catch {
                let problem = "\(error)"
                if !problems.contains(problem) { problems.append(problem) }
            }
        }
        if definition.steps.isEmpty { problems.append("it has no functions") }
        guard problems.isEmpty else { throw FlowError(.unavailable, problems.joined(separator: "; ")) }
        self.steps = steps
    }

    /// Runs the flow on rows of one type.
    ///
    /// See ``run(rows:params:id:maximumJumps:clock:logger:observer:)-(FlowRows,_,_,_,_,_,_)``.
    public func run<Row: Codable & Sendable>(
        rows: [Row], params: [String: String] = [:], id: String? = nil, maximumJumps: Int = Flow.defaultMaximumJumps,
        clock: FlowClock = .continuous, logger: Logger? = nil, observer: @escaping FlowObserver = { _ in }
    ) async throws -> FlowResult {
        try await run(
            rows: FlowRows(rows), params: params, id: id, maximumJumps: maximumJumps, clock: clock, logger: logger, observer: observer)
    }

    /// Runs the flow once, with state of its own.
    ///
    /// - Parameters:
    ///   - rows: what the first function gets.
    ///   - params: parameters for all functions of this run; they win over those of the flow and of the function.
    ///   - id: names the run in logs and in the result; made up when left out.
    ///   - maximumJumps: how often functions may jump before the run fails.
    ///   - observer: called as the run goes on, in order, by the task that runs the flow; it should return quickly.
    /// - Returns: how the run ended, what each function did, and the last function's rows.
    /// - Throws: ``FlowError`` that names the flow and the function; `CancellationError` when the task was cancelled, at the latest before the next function.
    public func run(
        rows: FlowRows = FlowRows(), params: [String: String] = [:], id: String? = nil, maximumJumps: Int = Flow.defaultMaximumJumps,
        clock: FlowClock = .continuous, logger: Logger? = nil, observer: @escaping FlowObserver = { _ in }
    ) async throws -> FlowResult {
        let id = id ?? UUID().uuidString
        var logger = logger ?? Logger(label: "kisflow", factory: { _ in SwiftLogNoOpLogHandler() })
        logger[metadataKey: "flow"] = "\(name)"
        logger[metadataKey: "flow_run"] = "\(id)"
        let run = FlowRun(flow: self, id: id, params: params, clock: clock, logger: logger, observer: observer)
        return try await run.execute(rows, maximumJumps: maximumJumps)
    }
}

extension Flow.Step {
    fileprivate init(
        _ place: FlowDefinition.Step, _ functions: [String: FunctionDefinition],
        _ connectors: [String: Result<BuiltConnector, any Error>], _ registry: FlowRegistry
    ) throws {
        guard let definition = functions[place.function] else {
            throw FlowError(.unavailable, "function \"\(place.function)\" is not defined")
        }
        guard let function = registry.functions[place.function] else {
            let hint = NearestName.hint(for: place.function, among: registry.functions.keys)
            throw FlowError(.unavailable, "function \"\(place.function)\" is not registered\(hint)")
        }
        self.definition = definition
        self.function = function
        params = definition.defaultParams.merging(place.params) { _, flow in flow }
        connector = try definition.connector.map { name in
            guard let built = connectors[name] else { throw FlowError(.unavailable, "connector \"\(name)\" is not defined") }
            return try built.get()
        }
    }
}

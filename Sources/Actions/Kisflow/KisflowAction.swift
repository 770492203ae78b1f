public import Engine
public import KisFlow
public import Workflow

/// `kisflow`: runs a flow of this node's catalogue on the node's threads for blocking work.
///
/// What the functions do goes into the trace as it happens; the output is the flow's `FlowSummary` (`{{tasks.<id>.output.counters.rows}}`
/// and the like). A function that fails, fails the attempt. A flow that a function ends early or aborts, or that is switched off, has done
/// what its configuration says: the task succeeds, the trace warns, and `status` of the output tells.
public struct KisflowAction: Action {
    public static let name = "kisflow"

    public struct Parameters: Codable, Sendable {
        /// Which flow.
        public var flow: String
        /// For all of its functions; they win over what the flow's configuration says.
        public var params: [String: String]?
        /// What the first function gets.
        public var rows: [Value]?

        public init(flow: String, params: [String: String]? = nil, rows: [Value]? = nil) {
            self.flow = flow
            self.params = params
            self.rows = rows
        }
    }

    private let flows: FlowCatalog

    public init(flows: FlowCatalog) { self.flows = flows }

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let flow = try named(parameters.flow)
        let report = FlowReport(to: context.trace)
        async let told: Void = report.tell()
        let outcome = await Self.outcome {
            try await context.blocking.run {
                try await flow.run(
                    rows: FlowRows(parameters.rows ?? []), params: parameters.params ?? [:],
                    id: "\(context.dagInsId)/\(context.taskId)/\(context.attempt)", logger: context.logger, observer: report.observer)
            }
        }
        report.finish()
        await told
        try await leave(try outcome.get(), context)
    }

    private func named(_ name: String) throws(ActionError) -> Flow {
        do {
            return try flows.flow(name)
        } catch {
            let names = flows.names
            let known =
                names.isEmpty
                ? "this node has no flows" : "this node has \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")"
            throw ActionError("params.flow: \(error); \(known)")
        }
    }

    private func leave(_ result: FlowResult, _ context: ActionContext) async throws {
        let summary = result.summary
        if case .completed = result.status {
            await context.trace("the flow has ended with \(summary.rows) rows")
        } else {
            let place = summary.endedAt.map { " at \($0)" } ?? ""
            await context.trace("the flow is \(summary.status)\(place)\(summary.reason.map { ": \($0)" } ?? "")", level: .warning)
        }
        try context.setOutput(summary)
    }

    private static func outcome(_ body: () async throws -> FlowResult) async -> Result<FlowResult, any Error> {
        do {
            return .success(try await body())
        } catch let error as FlowError {
            return .failure(ActionError("\(error)"))
        } catch {
            return .failure(error)
        }
    }
}

public import Engine
public import KisFlow
public import Workflow

/// `kisflow`: runs a flow of this node's catalogue on the node's threads for blocking work.
///
/// What the functions do goes into the trace as it happens; the output is the flow's `FlowSummary` (`{{tasks.<id>.output.counters.rows}}`
/// and the like). A function that fails, fails the attempt. A flow that a function ends early or aborts, or that is switched off, has done
/// what its configuration says: the task succeeds, the trace warns, and `status` of the output tells.
///
/// A flow with a source is streamed, batch by batch. How far it has come is kept in the run's share data, so that another attempt of the task, also on
/// another node, goes on from there (see ``StreamPosition``).
public struct KisflowAction: Action {
    public static let name = "kisflow"

    public struct Parameters: Codable, Sendable {
        /// Which flow.
        public var flow: String
        /// For all of its functions; they win over what the flow's configuration says.
        public var params: [String: String]?
        /// What the first function gets; the flow's source is not read then.
        public var rows: [Value]?
        /// The connector whose rows are streamed through the flow; the flow's own source when left out.
        public var source: String?
        /// How many rows a batch of the stream has at most, where it is not as the flow says.
        public var batchRows: Int?
        /// How many batches are under way at once, where it is not as the flow says.
        public var parallelism: Int?
        /// Whether another attempt goes on from where this one came to; `true` when left out.
        public var checkpoint: Bool?
        /// The least time between two positions that are kept, in seconds; half a second when left out.
        public var checkpointSeconds: Double?

        public init(
            flow: String, params: [String: String]? = nil, rows: [Value]? = nil, source: String? = nil, batchRows: Int? = nil,
            parallelism: Int? = nil, checkpoint: Bool? = nil, checkpointSeconds: Double? = nil
        ) {
            self.flow = flow
            self.params = params
            self.rows = rows
            self.source = source
            self.batchRows = batchRows
            self.parallelism = parallelism
            self.checkpoint = checkpoint
            self.checkpointSeconds = checkpointSeconds
        }
    }

    private let flows: FlowCatalog

    public init(flows: FlowCatalog) { self.flows = flows }

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let flow = try named(parameters.flow)
        let report = FlowReport(to: context.trace)
        async let told: Void = report.tell()
        let options = RunOptions(
            id: "\(context.dagInsId)/\(context.taskId)/\(context.attempt)", params: parameters.params ?? [:], logger: context.logger,
            observer: report.observer)
        let outcome = await Self.outcome {
            if parameters.rows == nil, parameters.source ?? flow.definition.source != nil {
                return try await FlowStream(flow: flow, parameters: parameters, options: options, context: context).run()
            }
            return try await context.blocking.run { try await flow.run(FlowRows(parameters.rows ?? []), options: options) }
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

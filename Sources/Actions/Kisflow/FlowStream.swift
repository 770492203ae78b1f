import Engine
import KisFlow

/// A flow whose source is streamed by a task.
struct FlowStream: Sendable {
    let flow: Flow
    let parameters: KisflowAction.Parameters
    let options: RunOptions
    let context: ActionContext

    func run() async throws -> FlowResult {
        var stream = try given()
        guard parameters.checkpoint ?? true else { return try await run(stream) }
        let position = StreamPosition(context)
        stream.checkpoints = await position.checkpoints()
        if let seconds = parameters.checkpointSeconds { stream.checkpoints?.interval = .seconds(seconds) }
        let result: FlowResult
        do {
            result = try await run(stream)
        } catch let error as FlowError where error.kind == .checkpoint {
            await context.trace("starts from the beginning: \(error)", level: .warning)
            stream.checkpoints?.resume = nil
            result = try await run(stream)
        }
        try position.clear()
        return result
    }

    private func run(_ stream: StreamOptions) async throws -> FlowResult {
        try await context.blocking.run { try await flow.run(source: parameters.source, stream, options: options) }
    }

    private func given() throws(ActionError) -> StreamOptions {
        for (name, number, most) in [("batchRows", parameters.batchRows, 1_000_000), ("parallelism", parameters.parallelism, 256)] {
            guard let number, !(1...most).contains(number) else { continue }
            throw ActionError("params.\(name) is \(number), it must be from 1 to \(most)")
        }
        if let seconds = parameters.checkpointSeconds, !(0...86_400).contains(seconds) {
            throw ActionError("params.checkpointSeconds is \(seconds), it must be from 0 to 86400")
        }
        var stream = StreamOptions(parallelism: parameters.parallelism)
        if let rows = parameters.batchRows {
            let usual = flow.definition.batch
            stream.batch = BatchPolicy(maxRows: rows, maxBytes: usual.maxBytes, maxDelay: usual.maxDelay)
        }
        return stream
    }
}

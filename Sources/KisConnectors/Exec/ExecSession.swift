import KisFlow
import Synchronization

/// The programs of one function during one run: one, or as many as there are batches under way at once.
final class ExecSession: FunctionSession {
    private struct RowFault: Error, CustomStringConvertible {
        let description: String
    }

    private let plan: ExecProgram.Plan
    /// Programs that wait for a batch.
    private let idle = Mutex<[ExecProgram]>([])
    private let starting: AsyncStream<ExecProgram>
    private let starts: AsyncStream<ExecProgram>.Continuation

    init(_ plan: ExecProgram.Plan) {
        self.plan = plan
        (starting, starts) = AsyncStream.makeStream()
    }

    /// Runs the programs that calls ask for, until ``finish()`` and their ends.
    ///
    /// - Throws: `FlowError` when one of them did not end well.
    func runPrograms() async throws {
        try await withThrowingDiscardingTaskGroup { programs in
            for await program in starting {
                programs.addTask { try await program.run() }
            }
        }
    }

    /// There are no more calls: the programs' input ends.
    func finish() {
        starts.finish()
        for program in idle.withLock({ $0 }) { program.finish() }
    }

    func call(_ rows: FlowRows, _ context: FlowContext) async throws -> FlowAction {
        let batch = try ExecBatch(rows)
        for number in batch.unreadable { context.fail(rowAt: number, RowFault(description: "the row is no JSON")) }
        guard !batch.lines.isEmpty else { return .next }
        let program = try idleOrNew()
        let answer = try await program.exchange(batch)
        if plan.settings.protocol != .stream { idle.withLock { $0.append(program) } }
        for remark in answer.remarks {
            switch remark.kind {
            case .error: context.fail(rowAt: remark.row, RowFault(description: remark.message))
            case .reject: context.reject(rowAt: remark.row, remark.message)
            }
        }
        context.commit(contentsOf: answer.rows)
        return .next
    }

    private func idleOrNew() throws -> ExecProgram {
        if let program = idle.withLock({ $0.popLast() }) { return program }
        let program = ExecProgram(plan)
        guard case .enqueued = starts.yield(program) else { throw CancellationError() }
        return program
    }
}

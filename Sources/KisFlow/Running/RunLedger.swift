/// The books of one run.
struct RunLedger {
    /// By place in the flow, in the order of the first calls.
    private(set) var reports: [FunctionReport] = []
    var progress = FlowProgress()
    /// How the last batch that did not reach the end of the flow ended, unless a fold took it in.
    var earlyEnd: FlowResult.Status?
    var hasCompleted = false
    var abort: FlowResult.Status?
    /// When progress was last told.
    var told: Duration?

    mutating func add(_ report: FunctionReport) {
        progress.rejected += report.rejected
        progress.failed += report.failed
        if let index = reports.firstIndex(where: { $0.step == report.step }) {
            reports[index].add(report)
        } else {
            reports.append(report)
        }
    }

    mutating func restore(_ functions: [FunctionReport], batches: Int, rows: Int) {
        reports = functions
        progress.batches = batches
        progress.rowsRead = rows
        progress.rejected = functions.reduce(0) { $0 + $1.rejected }
        progress.failed = functions.reduce(0) { $0 + $1.failed }
        hasCompleted = batches > 0
    }

    func report(at step: Int) -> FunctionReport? { reports.first { $0.step == step } }

    /// An abort counts before all else; a stream of which any batch reached the end has completed.
    var status: FlowResult.Status? { abort ?? (hasCompleted ? .completed : earlyEnd) }
}

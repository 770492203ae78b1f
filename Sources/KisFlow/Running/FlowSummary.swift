/// A run of a flow in numbers; what a workflow task gives as its output.
public struct FlowSummary: Sendable, Hashable, Codable {
    public let flow: String
    public let run: String
    /// `completed`, `ended-early`, `aborted` or `disabled`.
    public let status: String
    /// The function at which the flow ended before its last one.
    public let endedAt: String?
    /// Why it ended there.
    public let reason: String?
    /// How many rows the last function gave.
    public let rows: Int
    /// How many rows came in.
    public let rowsRead: Int
    /// How many batches a stream had; 0 in a run that was none.
    public let batches: Int
    public let counters: [String: Int]
    public let functions: [FunctionReport]
    public let seconds: Double

    init(_ result: FlowResult) {
        flow = result.flow
        run = result.id
        (status, endedAt, reason) = result.status.words
        rows = result.batches > 0 ? result.functions.max { $0.step < $1.step }?.rowsOut ?? 0 : result.rows.count
        rowsRead = result.rowsRead
        batches = result.batches
        counters = result.counters
        functions = result.functions
        seconds = result.seconds
    }
}

extension FlowResult.Status {
    fileprivate var words: (status: String, endedAt: String?, reason: String?) {
        switch self {
        case .completed: ("completed", nil, nil)
        case .endedEarly(let function, let reason): ("ended-early", function, reason)
        case .aborted(let function): ("aborted", function, "the function aborted the flow")
        case .disabled: ("disabled", nil, "the flow is disabled (status: 0)")
        }
    }
}

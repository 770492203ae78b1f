/// How a run of a flow ended, and what came of it.
public struct FlowResult: Sendable {
    public enum Status: Sendable, Hashable {
        /// The last function has run.
        case completed
        /// A function gave no rows, so those after it did not run. A stream of batches ends so when none of them reached the end.
        case endedEarly(at: String, reason: String)
        /// A function ended the flow on purpose.
        case aborted(at: String)
        /// The flow is switched off (`status: 0`), so nothing ran.
        case disabled
    }

    public let flow: String
    public let id: String
    public let status: Status
    /// One for each function that ran, in the order of their first calls.
    public let functions: [FunctionReport]
    /// What the function that ran last gave; nothing in a stream, whose rows are handed over batch by batch.
    public let rows: FlowRows
    /// How many batches went through the flow; 0 in a run that was no stream.
    public let batches: Int
    /// How many rows came in.
    public let rowsRead: Int
    public let seconds: Double

    /// The counters of all functions, summed by name.
    public var counters: [String: Int] {
        functions.reduce(into: [:]) { $0.merge($1.counters, uniquingKeysWith: +) }
    }

    /// The last function's rows as values of one type.
    ///
    /// - Throws: ``FlowError`` of kind `badRow`.
    public func rows<Row: Codable & Sendable>(as type: Row.Type) throws -> [Row] {
        try rows.values(as: type)
    }

    /// The same without the rows, to be stored or sent.
    public var summary: FlowSummary { FlowSummary(self) }
}

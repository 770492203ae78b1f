/// A row that a flow could not use, with all that is needed to mend it and feed it back in.
public struct DeadLetter: Sendable, Hashable, Codable {
    public var flow: String
    /// The run's id.
    public var run: String
    public var function: String
    /// The function's place in the flow, counted from 0; a row that is fed back in starts there.
    public var step: Int
    /// How often the function was tried with this row.
    public var attempt: Int
    /// The row as it came to the function; a text that is no JSON is kept as a string.
    public var row: FieldValue
    public var error: String
    /// The path of the field that is wrong, when one is.
    public var field: String?
    /// Where the row stands, such as `flights.csv:17`.
    public var source: String?
    /// Seconds since 1970.
    public var time: Double

    public init(
        flow: String, run: String, function: String, step: Int, attempt: Int, row: FieldValue, error: String, field: String? = nil,
        source: String? = nil, time: Double
    ) {
        self.flow = flow
        self.run = run
        self.function = function
        self.step = step
        self.attempt = attempt
        self.row = row
        self.error = error
        self.field = field
        self.source = source
        self.time = time
    }
}

/// What happens to error rows: rows that do not decode to the type that a function takes, rows that the function reports
/// (``FlowContext/fail(rowAt:_:)``), and all rows of a call that throws.
///
/// Under every policy the function is tried again `retry_times` times first, with the rows concerned only; rows that do not decode are not.
public enum ErrorRowPolicy: Sendable, Hashable {
    /// The first such row fails the run, with the row's number, field and text in the error.
    case fail
    /// Such rows are left out and counted in the result, with their reasons.
    case skip
    /// As `fail`, but tried again three times where `retry_times` says nothing.
    case retry
    /// Such rows are saved through this connector as ``DeadLetter`` and left out. Rejected rows are as well.
    case deadLetter(String)

    /// Whether the run goes on without such rows.
    var setsAside: Bool {
        switch self {
        case .fail, .retry: false
        case .skip, .deadLetter: true
        }
    }
}

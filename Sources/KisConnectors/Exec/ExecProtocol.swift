/// How a program and the flow that it works for tell each other where a batch ends.
///
/// In all of them a line that is an object with the member `kis` is a message. About the row with this number in the batch, counted from 0 (with
/// `rows` it is the row that the line answers, and need not be given), say `{"kis": "error", "message": "no price", "row": 3}` when it cannot be used, so
/// that the function's `on_error` counts, and `{"kis": "reject", "message": "too old", "row": 3}` when it does not belong.
public enum ExecProtocol: String, Sendable, CaseIterable {
    /// One line is answered for each line that was read, in the same order: a row, or an empty line or `null` for none. Lines must be flushed.
    case rows
    /// After the rows of a batch comes the line `{"kis": "end"}`; the program writes as many rows as it likes, then the same line. Lines must be flushed.
    case batch
    /// A program is started for each batch; its input ends after the batch, and it gives rows until it ends. For programs such as `jq` and `sort`.
    case stream
}

/// How rows got through a flow, or as far as they got.
struct BatchEnd: Sendable {
    /// `nil` when a fold took the rows in.
    let status: FlowResult.Status?
    /// What the function that ran last gave.
    let output: FlowRows
}

/// A function with the type of its rows put away.
struct RegisteredFunction: Sendable {
    /// What came of the rows that were offered to a function.
    struct Intake: Sendable {
        /// The rows that the function took, as they came.
        var accepted: FlowRows
        var rejected = RowTally()
        var failed = RowTally()
    }

    let name: String
    /// Offers rows to the function. With rows prepared, `call` runs it, as often as needed.
    let prepare: @Sendable (FlowRows, FunctionDefinition) throws -> (Intake, call: @Sendable (FlowContext) async throws -> FlowAction)

    init<Row: Codable & Sendable>(name: String, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction) {
        self.name = name
        prepare = { input, definition in
            let must = definition.mode == .verify ? definition.source.must : []
            var intake = RowIntake<Row>(must: must, policy: definition.onError)
            do {
                try input.deliver(to: &intake)
            } catch let refusal as RowIntake<Row>.Refusal {
                throw FlowError(badRow: refusal.row, wanted: "\(Row.self)")
            }
            let rows = intake.rows
            var accepted = input.without(intake.left)
            accepted.converted = TypedSegment(rows: rows)
            return (Intake(accepted: accepted, rejected: intake.rejected, failed: intake.failed), { try await body(rows, $0) })
        }
    }

    init(name: String, _ body: @escaping @Sendable (FlowContext) async throws -> FlowAction) {
        self.name = name
        prepare = { input, _ in (Intake(accepted: input), body) }
    }
}

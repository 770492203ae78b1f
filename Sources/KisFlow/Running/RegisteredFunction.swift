/// A function with the type of its rows put away.
struct RegisteredFunction: Sendable {
    typealias Body = @Sendable (FlowContext) async throws -> FlowAction

    /// How rows are offered to a function.
    struct Offer {
        var must: [String] = []
        var setsAside = false
        /// The number of the first row where the rows come from.
        var firstNumber = 0
    }

    /// Rows as the function takes them.
    struct Prepared: Sendable {
        /// The rows that the function took, as they came.
        var accepted: FlowRows
        var left = LeftRows()
        /// Runs the function, as often as needed.
        let call: Body
    }

    /// What a flow is fed with by a connector, as the type that the function takes.
    struct SourceBatch: Sendable {
        let rows: FlowRows
        let bad: [BadRow]
        let position: FieldValue?
    }

    let name: String
    let prepare: @Sendable (FlowRows, Offer) throws -> Prepared
    let source: @Sendable (any Connector, ConnectorRequest, (SourceBatch) async throws -> Void) async throws -> Void
    /// Makes the state that the function keeps over the batches of one run, and ends it.
    var fold: (state: @Sendable () -> any FoldState, finish: Body)?
    /// What the function needs for the length of a run.
    var scoped: (any ScopedFunction)?

    init<Row: Codable & Sendable>(
        name: String, serializer: (any RowSerializer)? = nil, _ body: @escaping @Sendable ([Row], FlowContext) async throws -> FlowAction
    ) {
        self.name = name
        prepare = { input, offer in
            var intake = RowIntake<Row>(
                must: offer.must, setsAside: offer.setsAside, firstNumber: offer.firstNumber, serializer: serializer)
            do {
                try input.deliver(to: &intake)
            } catch let refusal as RowIntake<Row>.Refusal {
                throw FlowError(badRow: refusal.row, wanted: "\(Row.self)")
            }
            let rows = intake.rows
            var accepted = intake.left.isEmpty ? input : input.selecting(intake.left.others(of: input.count))
            accepted.converted = TypedSegment(rows: rows)
            return Prepared(accepted: accepted, left: intake.left) { try await body(rows, $0) }
        }
        source = serializer == nil ? Self.source(of: Row.self) : Self.source(of: [UInt8].self)
    }

    init(name: String, _ body: @escaping Body) {
        self.name = name
        prepare = { input, _ in Prepared(accepted: input, call: body) }
        source = Self.source(of: [String: FieldValue].self)
    }

    init(name: String, scoped: any ScopedFunction) {
        self.name = name
        prepare = { input, offer in
            let (rows, left) = try Self.checked(input, offer)
            return Prepared(accepted: rows, left: left) { context in
                guard let session = context.session else { throw FlowError(.functionFailed, "the function has no session") }
                return try await session.call(rows, context)
            }
        }
        source = Self.source(of: [String: FieldValue].self)
        self.scoped = scoped
    }

    /// Leaves out the rows that lack a field they must have, without knowing a type for them.
    private static func checked(_ input: FlowRows, _ offer: Offer) throws -> (rows: FlowRows, left: LeftRows) {
        guard !offer.must.isEmpty else { return (input, LeftRows()) }
        var intake = RowIntake<[UInt8]>(must: offer.must, setsAside: offer.setsAside, firstNumber: offer.firstNumber)
        do {
            try input.deliver(to: &intake)
        } catch let refusal as RowIntake<[UInt8]>.Refusal {
            throw FlowError(badRow: refusal.row, wanted: "a JSON object")
        }
        return (input.selecting(intake.left.others(of: input.count)), intake.left)
    }

    private static func source<Row: Codable & Sendable>(
        of type: Row.Type
    ) -> @Sendable (any Connector, ConnectorRequest, (SourceBatch) async throws -> Void) async throws -> Void {
        { connector, request, take in
            try await connector.load(type, request) { batch in
                try await take(SourceBatch(rows: FlowRows(batch.rows), bad: batch.bad, position: batch.position))
            }
        }
    }
}

extension RegisteredFunction {
    /// A function with a state; see ``FlowRegistry/fold(_:into:_:finish:)``.
    static func fold<Row: Codable & Sendable, State: Sendable>(
        _ name: String, _ makeState: @escaping @Sendable () -> Fold<State>,
        _ update: @escaping @Sendable (inout State, [Row], FlowContext) async throws -> Void,
        _ finish: @escaping @Sendable (State, FlowContext) async throws -> FlowAction
    ) -> RegisteredFunction {
        let fold: @Sendable (FlowContext) throws -> Fold<State> = { context in
            if let fold = context.fold as? Fold<State> { return fold }
            throw FlowError(.functionFailed, "the function has lost its state")
        }
        var function = RegisteredFunction(name: name) { (rows: [Row], context: FlowContext) in
            let definition = context.function
            let isRepeated = definition.retryTimes > 0 || definition.onError != .fail
            try await fold(context).update(keepsOld: isRepeated) { try await update(&$0, rows, context) }
            return .next
        }
        function.fold = (makeState, { @Sendable context in try await finish(fold(context).take(), context) })
        return function
    }
}

/// The functions of type `save`: the rows that come in are saved through the function's connector, and go on.
struct SaveFunction: ScopedFunction, FunctionSession {
    func withSession(_ context: FlowContext, _ body: (any FunctionSession) async throws -> Void) async throws {
        try await body(self)
    }

    func call(_ rows: FlowRows, _ context: FlowContext) async throws -> FlowAction {
        try await context.connector.save(rows)
        return .dataReuse
    }
}

/// The functions of type `load`: the rows of the function's connector go on, behind those that come in.
struct LoadFunction: ScopedFunction, FunctionSession {
    func withSession(_ context: FlowContext, _ body: (any FunctionSession) async throws -> Void) async throws {
        try await body(self)
    }

    func call(_ rows: FlowRows, _ context: FlowContext) async throws -> FlowAction {
        context.commit(rows)
        try await context.connector.load([String: FieldValue].self) { context.commit(contentsOf: $0) }
        return .next
    }
}

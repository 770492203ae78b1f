/// A connector as one call of a function sees it, with the function's parameters and its policy for rows that do not decode.
public struct BoundConnector: Sendable {
    let built: BuiltConnector
    let request: ConnectorRequest
    let context: FlowContext

    public var definition: ConnectorDefinition { request.connector }

    /// Notes that live as long as the connector, over all runs.
    public var metadata: Metadata { built.metadata }

    /// Reads rows in batches, so that memory does not grow with the store.
    ///
    /// - Parameter params: added to the function's parameters for this request.
    /// - Throws: ``FlowError`` of kind `badRow` for a row that does not decode, unless the function sets those aside; `connector`; what `take` throws.
    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, params: [String: String] = [:], _ take: ([Row]) async throws -> Void
    ) async throws {
        try await built.connector.load(type, request(with: params)) { batch in
            for row in batch.bad {
                guard context.function.onError.setsAside else { throw FlowError(badRow: row, wanted: "\(type)") }
                context.noteUnread(row)
            }
            try Task.checkCancellation()
            try await take(batch.rows)
        }
    }

    /// Reads all rows.
    public func load<Row: Codable & Sendable>(_ type: Row.Type, params: [String: String] = [:]) async throws -> [Row] {
        var all: [Row] = []
        try await load(type, params: params) { all.append(contentsOf: $0) }
        return all
    }

    /// Stores rows. What one call of a function saves with the same parameters is one whole; in a stream, what all its calls save is.
    ///
    /// - Parameter params: added to the function's parameters for this request.
    public func save<Row: Codable & Sendable>(_ rows: [Row], params: [String: String] = [:]) async throws {
        let request = request(with: params)
        let target = OpenWriters.Target(
            function: context.function.name, step: context.step, connector: built.definition.name, params: request.params)
        try await context.writers.write(rows, to: target) { try await built.connector.writer(request) }
    }

    /// Stores rows of any types, as they are.
    public func save(_ rows: FlowRows, params: [String: String] = [:]) async throws {
        for segment in rows.segments { try await segment.save(through: self, params: params) }
    }

    private func request(with params: [String: String]) -> ConnectorRequest {
        var request = request
        request.params.merge(params) { _, new in new }
        return request
    }
}

import Synchronization

/// Rows in memory: what a test loads, and what it looks at after a run has saved.
public final class MemoryConnector: Connector {
    private let rows: Mutex<FlowRows>

    public init() {
        rows = Mutex(FlowRows())
    }

    /// - Parameter rows: what is there at first.
    public init<Row: Codable & Sendable>(_ rows: [Row]) {
        self.rows = Mutex(FlowRows(rows))
    }

    /// All rows, those that were there at first and those saved since.
    ///
    /// - Throws: ``FlowError`` of kind `badRow`.
    public func rows<Row: Codable & Sendable>(as type: Row.Type) throws -> [Row] {
        try rows.withLock { $0 }.values(as: type)
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let all = try rows(as: type)
        var start = 0
        if case .int(let position) = request.resume { start = min(max(position, 0), all.count) }
        while start < all.count {
            let end = min(start + request.batch.maxRows, all.count)
            try await take(RowBatch(rows: Array(all[start..<end]), position: .int(end)))
            start = end
        }
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        self.rows.withLock { $0 = $0.appending(FlowRows(rows)) }
    }
}

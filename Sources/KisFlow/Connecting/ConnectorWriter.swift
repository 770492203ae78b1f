/// Rows on their way into a store, over all calls of one run. Used by one call at a time.
public protocol ConnectorWriter: Sendable {
    /// Adds rows.
    func write<Row: Codable & Sendable>(_ rows: [Row]) async throws

    /// The rows written so far are to stay.
    ///
    /// - Parameter durable: whether they must outlive a crash from here on, since a checkpoint is about to say so.
    /// - Returns: a position that a later attempt can go on from (``ConnectorRequest/resume``); `nil` when the store knows none.
    func commit(durable: Bool) async throws -> FieldValue?

    /// Undoes what was written after the last commit, as far as the store can.
    func rollback() async throws

    /// All rows are written: they become visible as a whole where the store can do that.
    func finish() async throws

    /// The run failed.
    ///
    /// - Parameter resumable: whether a checkpoint speaks of what was committed, so that it must be kept for a later attempt.
    func abandon(resumable: Bool) async
}

/// Saves every batch on its own: at least once, since nothing is undone.
struct BatchwiseWriter<Store: Connector>: ConnectorWriter {
    let connector: Store
    let request: ConnectorRequest

    func write<Row: Codable & Sendable>(_ rows: [Row]) async throws { try await connector.save(rows, request) }

    func commit(durable: Bool) -> FieldValue? { nil }

    func rollback() {}

    func finish() {}

    func abandon(resumable: Bool) {}
}

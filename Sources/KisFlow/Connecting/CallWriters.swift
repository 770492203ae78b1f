import Synchronization

/// What one call of a function writes, so that it can be kept or undone without touching what other calls write.
final class CallWriters: Sendable {
    let open: OpenWriters
    /// Whether no other call writes to the same targets meanwhile.
    private let isAlone: Bool
    private let touched = Mutex<Set<OpenWriters.Target>>([])

    init(_ open: OpenWriters, isAlone: Bool) {
        self.open = open
        self.isAlone = isAlone
    }

    func write<Row: Codable & Sendable>(
        _ rows: [Row], to target: OpenWriters.Target, _ open: () async throws -> any ConnectorWriter
    ) async throws {
        touched.withLock { _ = $0.insert(target) }
        try await self.open.write(rows, to: target, open)
    }

    /// What a try has written is to stay.
    func commit() async throws {
        try await open.commit(touched.withLock { $0 }, durable: false)
    }

    /// Undoes what a try has written. Where batches write to the same targets at once it stays: at least once.
    func rollback() async throws {
        guard isAlone else { return }
        try await open.rollback(touched.withLock { $0 })
    }
}

import Engine

/// Lets somebody who looks now and then look at once when something happens on a node.
struct News: Sendable {
    private let events: AsyncStream<NodeEvent>
    private let wake = WakeSignal()

    init(_ events: AsyncStream<NodeEvent>) { self.events = events }

    /// Waits until something happens, or for that long.
    /// - Throws: `CancellationError`.
    func wait(atMost limit: Duration) async throws {
        await wake.wait(until: .now + limit)
        try Task.checkCancellation()
    }

    /// Listens for as long as `body` takes.
    func listening<Value: Sendable>(
        onEvent: @escaping @Sendable (NodeEvent) -> Void = { _ in }, _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events {
                    onEvent(event)
                    wake.raise()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

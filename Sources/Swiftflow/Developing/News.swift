import Engine
import Synchronization

/// Lets somebody who looks now and then look at once when something happens on a node.
struct News: Sendable {
    private let events: AsyncStream<NodeEvent>
    private let wake = WakeSignal()
    private let runs = RunNames()

    init(_ events: AsyncStream<NodeEvent>) { self.events = events }

    /// Waits until something happens, or for that long.
    /// - Throws: `CancellationError`.
    func wait(atMost limit: Duration) async throws {
        await wake.wait(until: .now + limit)
        try Task.checkCancellation()
    }

    /// Runs that something has happened to since this was asked last, as far as they could be kept.
    func takeRuns() -> Set<String> { runs.take() }

    /// Listens for as long as `body` takes.
    func listening<Value: Sendable>(
        onEvent: @escaping @Sendable (NodeEvent) -> Void = { _ in }, _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events {
                    if case .run(let event) = event { runs.add(event.run) }
                    onEvent(event)
                    wake.raise()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

/// Runs that something has happened to: the ten thousand that came first.
private final class RunNames: Sendable {
    private let names = Mutex<Set<String>>([])
    private static let limit = 10_000

    func add(_ name: String) {
        names.withLock { names in
            if names.count < Self.limit { names.insert(name) }
        }
    }

    func take() -> Set<String> { names.withLock { exchange(&$0, with: []) } }
}

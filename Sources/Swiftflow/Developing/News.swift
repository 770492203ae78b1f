import Engine
import Synchronization

/// Lets somebody who looks now and then look at once when something happens on a node.
struct News: Sendable {
    private let events: AsyncStream<NodeEvent>
    private let wake = WakeSignal()
    private let book = NewsBook()

    init(_ events: AsyncStream<NodeEvent>) { self.events = events }

    /// Waits until something happens, or for that long.
    /// - Throws: `CancellationError`.
    func wait(atMost limit: Duration) async throws {
        await wake.wait(until: .now + limit)
        try Task.checkCancellation()
    }

    /// Runs that something has happened to since this was asked last, as far as they could be kept.
    func takeRuns() -> Set<String> { book.takeRuns() }

    /// Whether the node has been in the cluster.
    var hasJoined: Bool { book.hasJoined }

    /// Listens for as long as `body` takes.
    func listening<Value: Sendable>(
        onEvent: @escaping @Sendable (NodeEvent) -> Void = { _ in }, _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events {
                    book.note(event)
                    onEvent(event)
                    wake.raise()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

/// What has happened: whether the node has joined, and the first ten thousand runs since somebody asked.
private final class NewsBook: Sendable {
    private let state = Mutex<(runs: Set<String>, hasJoined: Bool)>(([], false))
    private static let limit = 10_000

    var hasJoined: Bool { state.withLock(\.hasJoined) }

    func note(_ event: NodeEvent) {
        state.withLock { state in
            if case .joined = event { state.hasJoined = true }
            if case .run(let event) = event, state.runs.count < Self.limit { state.runs.insert(event.run) }
        }
    }

    func takeRuns() -> Set<String> { state.withLock { exchange(&$0.runs, with: []) } }
}

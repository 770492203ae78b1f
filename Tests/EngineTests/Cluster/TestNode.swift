import Engine
import Logging
import ServiceLifecycle
import TestSupport
import Workflow

/// A real node in a service group, with a connection to the backend that a test can break.
struct TestNode: Sendable {
    enum End: Sendable {
        case stopped
        case failed(any Error)
    }

    let key: String
    let faults = Faults()
    private let group: ServiceGroup
    private let node: Node
    private let end = Watched<End?>(nil)

    init(_ configuration: NodeConfiguration, backend: MemoryBackend, registry: ActionRegistry, flows: [String]) throws {
        key = configuration.key
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        node = try Node(
            configuration: configuration, store: FaultyStore(backend.store, faults: faults),
            keeper: FaultyKeeper(backend.keeper, faults: faults), registry: registry, flows: flows, logger: quiet)
        group = ServiceGroup(services: [node], logger: quiet)
    }

    func run() async {
        do {
            try await group.run()
            end.change { $0 = .stopped }
        } catch {
            end.change { $0 = .failed(error) }
        }
    }

    /// Starts a run on the node itself, as `run FILE` does.
    func start(_ request: RunRequest) async throws -> DagInstance { try await node.start(request) }
    func start(_ reuse: Reuse) async throws -> DagInstance { try await node.start(reuse) }

    func events() -> AsyncStream<NodeEvent> { node.events() }

    /// What SIGTERM does.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Waits until the node has stopped by itself.
    @discardableResult
    func ended() async throws -> End {
        try await end.wait(for: "node \(key) to end") { $0 != nil }
        return end.value ?? .stopped
    }

    /// Why the node ended, if it failed.
    var failure: (any Error)? {
        if case .failed(let error) = end.value { error } else { nil }
    }
}

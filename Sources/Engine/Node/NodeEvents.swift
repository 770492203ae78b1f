import Synchronization

/// Hands events to those who listen. Nobody who listens slowly slows the node: of what he has not taken, the oldest is dropped.
final class NodeEvents: Sendable {
    private let listeners = Mutex<[Int: AsyncStream<NodeEvent>.Continuation]>([:])
    private let lastListener = Atomic(0)
    /// Most nodes have no listener, and then an event costs a look at this.
    private let isHeard = Atomic(false)

    /// How many events wait for a listener at most.
    static let bufferLimit = 4_096

    func listen() -> AsyncStream<NodeEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: NodeEvent.self, bufferingPolicy: .bufferingNewest(Self.bufferLimit))
        let id = lastListener.add(1, ordering: .relaxed).newValue
        listeners.withLock { $0[id] = continuation }
        isHeard.store(true, ordering: .releasing)
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { $0[id] = nil }
        }
        return stream
    }

    func tell(_ event: @autoclosure () -> NodeEvent) {
        guard isHeard.load(ordering: .acquiring) else { return }
        let event = event()
        for continuation in listeners.withLock({ Array($0.values) }) { continuation.yield(event) }
    }

    /// The node is over: who listens has heard all.
    func finish() {
        for continuation in listeners.withLock({ exchange(&$0, with: [:]).values.map(\.self) }) { continuation.finish() }
    }
}

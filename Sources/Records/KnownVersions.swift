import Synchronization
package import Workflow

/// The last versions that were read for a submission: a version never changes, so who submits the same definition again need not read and decode it again.
///
/// At most 64, and none with more than 1,000 tasks.
package final class KnownVersions: Sendable {
    private struct State {
        var dags: [String: Dag] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())

    package init() {}

    private static let limit = 64
    private static let taskLimit = 1_000

    package subscript(key: String) -> Dag? { state.withLock { $0.dags[key] } }

    package func add(_ dag: Dag, key: String) {
        guard dag.tasks.count <= Self.taskLimit else { return }
        state.withLock { state in
            if state.dags.updateValue(dag, forKey: key) == nil { state.order.append(key) }
            if state.order.count > Self.limit { state.dags[state.order.removeFirst()] = nil }
        }
    }
}

import Synchronization

/// The session in which a node is in the cluster now, and how its worker is told of runs.
final class CurrentStay: Sendable {
    struct Stay: Sendable {
        let session: String
        let hint: @Sendable ([String]) -> Void
    }

    private let value = Mutex<Stay?>(nil)

    var current: Stay? { value.withLock(\.self) }

    func begins(_ session: String, hint: @escaping @Sendable ([String]) -> Void) {
        value.withLock { $0 = Stay(session: session, hint: hint) }
    }

    func ends() { value.withLock { $0 = nil } }
}

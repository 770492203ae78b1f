package import Engine
package import Workflow

/// Finds out why a run does not start, or does not go on, no more often than every two seconds.
package struct WaitingNotice {
    private let commander: Commander
    private var nextLook: ContinuousClock.Instant
    package private(set) var reason: String?

    /// A run that starts within two seconds needs no explanation.
    package init(commander: Commander) {
        self.commander = commander
        nextLook = .now + .seconds(2)
    }

    /// - Returns: whether the reason is another than before.
    package mutating func update(_ id: String, status: DagInstanceStatus) async throws -> Bool {
        let before = reason
        if status != .`init`, status != .parked {
            reason = nil
        } else if .now >= nextLook {
            reason = try await commander.whyWaiting(try await commander.show(id))
            nextLook = .now + .seconds(2)
        }
        return reason != before
    }
}

import Logging
import Workflow

/// Keeps the node's session alive, and says at once when it can no longer be trusted.
struct Heartbeat: Sendable {
    let keeper: any Keeper
    let session: NodeSession
    let logger: Logger

    /// Renews until it is cancelled.
    /// - Throws: `SessionLost` when the session is gone or its lease may have run out.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await renew() }
            group.addTask { try await watch() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func renew() async throws {
        var pause = session.rules.renewalInterval
        var failures = 0
        while true {
            try await Task.sleep(for: pause)
            let sent = ContinuousClock.now
            do {
                guard let serverTime = try await keeper.renew(key: session.key, session: session.id, ttl: session.rules.ttl) else {
                    throw SessionLost(description: "the node's session was declared dead or replaced")
                }
                session.renewed(sent: sent, serverTime: serverTime)
                (pause, failures) = (session.rules.renewalInterval, 0)
            } catch let lost as SessionLost {
                throw lost
            } catch {
                try Task.checkCancellation()
                failures += 1
                pause = session.rules.retryDelay(failures: failures)
                logger.warning("the node's lease could not be renewed", metadata: ["error": "\(error)", "failures": "\(failures)"])
            }
        }
    }

    /// Apart from `renew`, which may be waiting for an answer when trust ends.
    private func watch() async throws {
        while session.isTrusted { try await Task.sleep(until: session.trustEnds, clock: .continuous) }
        throw SessionLost(description: "the node's lease could not be renewed in time")
    }
}

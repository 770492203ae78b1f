import Logging
import Workflow

/// Keeps the node's session alive, and says at once when it can no longer be trusted.
///
/// Two loops, to be run side by side by whoever cancels the session's work: `renew` may hang in a call that nothing interrupts when trust ends, and must not delay what follows from it.
struct Heartbeat: Sendable {
    let keeper: any Keeper
    let session: NodeSession
    let logger: Logger
    /// Told at each renewal whether somebody wants the node to take nothing more.
    let onDraining: @Sendable (Bool) -> Void

    /// Renews until it is cancelled.
    /// - Throws: `SessionLost` when the session is gone.
    func renew() async throws {
        var next = session.renewalDue
        var failures = 0
        while true {
            try await session.host.sleep(until: next)
            let sent = session.host.now
            do {
                guard let renewal = try await keeper.renew(key: session.key, session: session.id, ttl: session.rules.ttl) else {
                    throw SessionLost(description: "the node's session was declared dead or replaced")
                }
                session.renewed(sent: sent, serverTime: renewal.serverTime)
                onDraining(renewal.isDraining)
                (next, failures) = (session.renewalDue, 0)
            } catch let lost as SessionLost {
                throw lost
            } catch {
                try Task.checkCancellation()
                failures += 1
                next = session.host.now + session.rules.retryDelay(failures: failures)
                logger.warning("the node's lease could not be renewed", metadata: ["error": "\(error)", "failures": "\(failures)"])
            }
        }
    }

    /// Waits until the lease may have run out.
    /// - Throws: `SessionLost` then.
    func watch() async throws {
        while session.isTrusted { try await session.host.sleep(until: session.trustEnds) }
        throw SessionLost(description: "the node's lease could not be renewed in time")
    }
}

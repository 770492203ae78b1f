import Logging
import Synchronization
import Workflow

/// Campaigns for the leader's lease, and runs the leader's loop for as long as the lease can be trusted.
struct Election: Sendable {
    let keeper: any Keeper
    let session: NodeSession
    let loop: LeaderLoop
    let logger: Logger
    let lastTerm: Term
    /// Raised when the lease was given up.
    let wake: WakeSignal

    private var host: any Host { session.host }

    final class Term: Sendable {
        private let value = Mutex<Int64?>(nil)
        /// The last term in which this session led; `nil` if it never did.
        var last: Int64? { value.withLock { $0 } }
        func set(_ new: Int64) { value.withLock { $0 = new } }
    }

    /// Campaigns until it is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            let sent = host.now
            var pause = session.rules.renewalInterval
            do {
                let leadership = try await keeper.campaign(key: session.key, session: session.id, ttl: session.rules.ttl)
                failures = 0
                if leadership.session == session.id {
                    await lead(leadership.term, asked: sent)
                    continue
                }
                pause = min(pause, .seconds(max(leadership.secondsLeft, 0)))
            } catch {
                failures += 1
                pause = session.rules.retryDelay(failures: failures)
                logger.warning("the leader's lease could not be asked for", metadata: ["error": "\(error)"])
            }
            await wake.wait(until: host.now + pause)
            // Woken followers do not come all at once.
            try? await host.sleep(for: .milliseconds(5) + .milliseconds(45) * host.random(in: 0...1))
        }
    }

    /// Leads until the lease is lost or can no longer be trusted.
    private func lead(_ term: Int64, asked: ContinuousClock.Instant) async {
        logger.notice("leading", metadata: ["term": "\(term)"])
        lastTerm.set(term)
        loop.dagSync?.reset()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await loop.run() }
            group.addTask { await holdOn(term, asked: asked) }
            await group.next()
            group.cancelAll()
        }
        logger.notice("no longer leading", metadata: ["term": "\(term)"])
    }

    /// Renews the lease until it is lost, the term has changed, or trust has run out without an answer.
    private func holdOn(_ term: Int64, asked: ContinuousClock.Instant) async {
        var trusted = session.rules.trustEnds(sent: asked)
        var next = asked + session.rules.renewalInterval
        var failures = 0
        while !Task.isCancelled, host.now < trusted {
            try? await host.sleep(until: min(next, trusted))
            let sent = host.now
            guard !Task.isCancelled, sent < trusted else { return }
            do {
                let leadership = try await keeper.campaign(key: session.key, session: session.id, ttl: session.rules.ttl)
                guard leadership.session == session.id, leadership.term == term else { return }
                trusted = session.rules.trustEnds(sent: sent)
                (next, failures) = (sent + session.rules.renewalInterval, 0)
            } catch {
                failures += 1
                next = host.now + session.rules.retryDelay(failures: failures)
            }
        }
    }
}

import Logging
import Synchronization
import Workflow

/// Campaigns for the leader's lease, and runs the leader's loop for as long as the lease can be trusted.
struct Election: Sendable {
    let keeper: any Keeper
    let session: NodeSession
    let loop: LeaderLoop
    let logger: Logger
    let standing: Standing
    /// Raised when the lease was given up.
    let wake: WakeSignal

    private var host: any Host { session.host }

    /// Whether the session leads, and when it did.
    final class Standing: Sendable {
        private let value = Mutex<(term: Int64?, isLeading: Bool)>((nil, false))
        /// The last term in which this session led; `nil` if it never did.
        var lastTerm: Int64? { value.withLock(\.term) }
        /// Whether it leads, as far as it knows.
        var isLeading: Bool { value.withLock(\.isLeading) }
        fileprivate func leads(_ term: Int64) { value.withLock { $0 = (term, true) } }
        fileprivate func follows() { value.withLock { $0.isLeading = false } }
    }

    /// Campaigns until it is cancelled. While somebody else leads it only reads, and only when that lease could be over: its holder extends it every third of a lease, so most of what would be
    /// asked sooner has a known answer, and the end of a lease is met as exactly as by asking often.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            var pause = Duration.zero
            do {
                var leader = try await keeper.leader()
                if leader.map({ $0.session == session.id }) ?? true {
                    let sent = host.now
                    let leadership = try await keeper.campaign(key: session.key, session: session.id, ttl: session.rules.ttl)
                    failures = 0
                    if leadership.session == session.id {
                        await lead(leadership.term, asked: sent)
                        continue
                    }
                    leader = leadership
                }
                failures = 0
                pause = min(.seconds(max(leader?.secondsLeft ?? 0, 0)), session.rules.ttl)
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
        standing.leads(term)
        session.events.tell(.leaderChanged(isLeading: true, term: term))
        defer {
            standing.follows()
            session.events.tell(.leaderChanged(isLeading: false, term: term))
        }
        loop.dagSync?.reset()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await loop.run() }
            group.addTask { await listen() }
            group.addTask { await holdOn(term, asked: asked) }
            await group.next()
            group.cancelAll()
        }
        logger.notice("no longer leading", metadata: ["term": "\(term)"])
    }

    private func listen() async {
        await keeper.listenAsLeader { [loop] in loop.bell.ring($0) }
        // A source that has ended only costs latency: the leader goes on by looking, and this child stays.
        while !Task.isCancelled { try? await host.sleep(for: .seconds(3_600)) }
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

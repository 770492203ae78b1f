import Workflow

/// Keeps a mutex while a body runs, and gives it back afterwards.
struct MutexRenewal: Sendable {
    let keeper: any Keeper
    let holding: Holding
    let host: any Host

    /// Renews a third of the time to live after the last request, until the mutex is lost or the task is cancelled.
    ///
    /// Where the caller is cancelled while its body still runs, one last renewal is sent, so that the body has the whole time to live to come to its end. There can be no more of them: a cancelled
    /// task cannot wait.
    func run() async {
        while holding.loss == nil {
            do { try await host.sleep(until: holding.renewalDue) } catch {
                if holding.isOccupied { await renew() }
                return
            }
            if holding.beginRenewal(at: host.now) { await renew() }
        }
    }

    private func renew() async {
        let sent = host.now
        do {
            if try await keeper.renewLock(holding.key, owner: holding.owner.id, token: holding.token, ttl: holding.rules.ttl) {
                holding.renewed(sent: sent)
            } else {
                holding.lose("it was taken away by command, or had run out by the server's clock", isGone: true)
            }
        } catch {
            holding.renewalFailed(at: host.now)
        }
    }

    /// Waits until the mutex can no longer be trusted. Apart from `run`, since a renewal may hang in a call that nothing interrupts.
    func watch() async {
        while holding.loss == nil {
            let end = holding.trustEnds
            guard host.now < end else { return holding.lose("it could not be extended in time", isGone: false) }
            do { try await host.sleep(until: end) } catch { return }
        }
    }

    /// How many times giving back is tried.
    private static let tries = 4

    /// Gives the mutex back and wakes who waits for it. What does not arrive runs out by itself; the body has ended well all the same.
    func giveBack() async {
        guard !holding.isGone else { return }
        for attempt in 1...Self.tries {
            do {
                let answer = try await keeper.releaseLock(holding.key, owner: holding.owner.id, token: holding.token)
                if case .released(isWanted: true) = answer { await keeper.signal([.unlocked(key: holding.key)]) }
                return
            } catch {
                // A cancelled task cannot wait: it tries once more at once.
                guard attempt < Self.tries, host.now < holding.trustEnds else { return }
                let delay = LockRules.retryDelay(failures: attempt, chance: host.random(in: 0...1))
                if (try? await host.sleep(until: host.now + delay)) == nil, attempt > 1 { return }
            }
        }
    }
}

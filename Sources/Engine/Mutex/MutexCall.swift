import Logging
import Workflow

/// One call of `withMutex`: takes the mutex, runs the body while it is held, gives it back.
struct MutexCall: Sendable {
    let keeper: any Keeper
    let key: String
    let identity: MutexIdentity
    let ttl: Duration

    private var local: LocalMutexes { keeper.localMutexes }
    private var host: any Host { keeper.localMutexes.host }

    /// The holdings of the bodies that the task is inside of, so that a call in a body finds the identity of the call around it.
    @TaskLocal static var enclosing: [Holding] = []

    // MARK: Taking it

    /// Waits for the mutex.
    /// - Throws: `MutexTimeout`, `CancellationError`, or a `StoreError` that waiting would not mend. Nothing is held then.
    func take(timeout: Duration) async throws -> Holding {
        // A century is long enough, and far from where sums of times overflow.
        let deadline = host.now + min(max(timeout, .zero), .seconds(3_000_000_000))
        switch await local.enter(key, as: identity, until: deadline) {
        case .joined(let holding): return holding
        case .full: throw StoreError(.unavailable, "\(LocalMutexes.limit) calls of this process wait for the mutex '\(key)' already")
        case .busy:
            try Task.checkCancellation()
            throw timedOut(timeout, nil)
        case .turn: return try await withTurn { try await ask(until: deadline, timeout, &$0) }
        }
    }

    /// Takes the mutex if nobody has it.
    /// - Returns: `nil` if somebody has.
    func takeIfFree() async throws -> Holding? {
        switch local.enterIfFree(key, as: identity) {
        case .joined(let holding): return holding
        case .busy, .full: return nil
        case .turn: break
        }
        do { return try await withTurn { try await ask(until: nil, .zero, &$0) } } catch is MutexTimeout { return nil }
    }

    /// Gives the turn back where `body` throws, and the lock too where nobody knows whether it was given.
    private func withTurn(_ body: (inout Attempt) async throws -> Holding) async throws -> Holding {
        var attempt = Attempt(
            owner: LockOwner(id: host.randomID(), name: identity.holder.name, place: identity.holder.place), rules: LeaseRules(ttl: ttl))
        do {
            let holding = try await body(&attempt)
            local.granted(holding)
            return holding
        } catch {
            if attempt.isInDoubt { await giveUp(attempt.owner) }
            local.leave(key)
            throw error
        }
    }

    /// What one acquisition knows while it asks.
    private struct Attempt {
        let owner: LockOwner
        let rules: LeaseRules
        var failures = 0
        /// Whether a request may have been carried out although its answer is missing or came too late.
        var isInDoubt = false
        var storeError: String?
        /// When to ask again without a hint.
        var next: ContinuousClock.Instant?
    }

    /// Asks the store until it says yes or the deadline passes; `nil`: once. In between it waits for hints, and looks by itself now and then.
    private func ask(until deadline: ContinuousClock.Instant?, _ timeout: Duration, _ attempt: inout Attempt) async throws -> Holding {
        if let holding = try await askOnce(&attempt) { return holding }
        guard let deadline else {
            if let error = attempt.storeError { throw StoreError(.unavailable, error) }
            throw timedOut(timeout, nil)
        }
        let session = attempt.owner.id
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var isListening = false
            defer {
                group.cancelAll()
                if isListening { local.endListening() }
            }
            while host.now < deadline {
                if !isListening, local.beginListening() {
                    isListening = true
                    group.addTask { await listen(as: session) }
                }
                await local.waitForHint(key, until: min(attempt.next ?? deadline, deadline))
                try Task.checkCancellation()
                if let holding = try await askOnce(&attempt) { return holding }
            }
            throw timedOut(timeout, attempt.storeError)
        }
    }

    private func listen(as session: String) async {
        await keeper.listen(session: "mutex-\(session)") { [local] hint in
            if case .unlocked(let key) = hint { local.unlocked(key) }
        }
    }

    /// One request. An error that may pass is noted; it is never a success.
    private func askOnce(_ attempt: inout Attempt) async throws -> Holding? {
        let sent = host.now
        do {
            let answer = try await keeper.acquireLock(key, owner: attempt.owner, ttl: attempt.rules.ttl)
            (attempt.failures, attempt.storeError) = (0, nil)
            switch answer {
            case .held(let status):
                local.note(key, status)
                attempt.next = host.now + LockRules.pause(secondsLeft: status.secondsLeft, chance: host.random(in: 0...1))
                return nil
            case .acquired(let token):
                let holding = Holding(
                    local, key: key, identity: identity, owner: attempt.owner, token: token, rules: attempt.rules, sent: sent)
                attempt.isInDoubt = true
                try Task.checkCancellation()
                // An answer that was under way for most of the lease is no ground to start on: asked again, the store extends it.
                guard holding.trustEnds > host.now + attempt.rules.renewalInterval / 2 else {
                    attempt.next = host.now
                    attempt.storeError = "its answer took too long for a ttl of \(attempt.rules.ttl)"
                    return nil
                }
                return holding
            }
        } catch let error as StoreError {
            attempt.isInDoubt = attempt.isInDoubt || error.outcome == .unknown || error.kind == .malformed
            guard error.isTransient else { throw error }
            attempt.failures += 1
            attempt.storeError = error.message
            attempt.next = host.now + LockRules.retryDelay(failures: attempt.failures, chance: host.random(in: 0...1))
            return nil
        } catch {
            // Cancelled, perhaps in the middle of a request.
            attempt.isInDoubt = true
            throw error
        }
    }

    private func timedOut(_ timeout: Duration, _ storeError: String?) -> MutexTimeout {
        let holder = local.holder(of: key)
        return MutexTimeout(
            key: key, timeout: timeout, holder: holder?.owner, secondsLeft: holder?.secondsLeft ?? 0, storeError: storeError)
    }

    /// The lock may be ours without our knowing. Best effort: what does not arrive runs out by itself.
    private func giveUp(_ owner: LockOwner) async {
        if case .released(isWanted: true)? = try? await keeper.releaseLock(key, owner: owner.id, token: nil) {
            await keeper.signal([.unlocked(key: key)])
        }
    }

    // MARK: Having it

    private enum Step<R: Sendable>: Sendable {
        case ended(Result<R, any Error>, isTrusted: Bool, isLast: Bool)
        case lost
        case keptOn
    }

    /// Runs the body while the mutex is held, and gives it back after the last call of its identity.
    /// - Throws: what the body throws; `MutexLost` if the mutex was lost, or could not be trusted any more, before the body had ended.
    func hold<R: Sendable>(_ holding: Holding, _ body: @escaping @Sendable (Int64) async throws -> R) async throws -> R {
        let renewal = MutexRenewal(keeper: keeper, holding: holding, host: host)
        let (result, isTrusted, isLast) = await withTaskGroup(of: Step<R>.self) { group in
            group.addTask { await run(holding, body) }
            group.addTask {
                await renewal.run()
                return .keptOn
            }
            group.addTask {
                await renewal.watch()
                return .keptOn
            }
            group.addTask {
                await holding.untilLost()
                return .lost
            }
            var end: (Result<R, any Error>, Bool, Bool) = (.failure(CancellationError()), false, true)
            while let step = await group.next() {
                switch step {
                case .ended(let result, let isTrusted, let isLast):
                    end = (result, isTrusted, isLast)
                    group.cancelAll()
                case .lost: group.cancelAll()
                case .keptOn: continue
                }
            }
            return end
        }
        if isLast {
            await renewal.giveBack()
            local.leave(key)
        }
        guard isTrusted else { throw lost(holding, result) }
        return try result.get()
    }

    private func run<R: Sendable>(_ holding: Holding, _ body: @Sendable (Int64) async throws -> R) async -> Step<R> {
        let result: Result<R, any Error>
        do {
            // A call that joins may come too late.
            guard holding.isTrusted(at: host.now) else { throw CancellationError() }
            result = .success(
                try await Self.$enclosing.withValue(Self.enclosing + [holding]) { try await body(holding.token) })
        } catch {
            result = .failure(error)
        }
        let isTrusted = holding.isTrusted(at: host.now)
        return .ended(result, isTrusted: isTrusted, isLast: holding.leave())
    }

    private func lost<R>(_ holding: Holding, _ result: Result<R, any Error>) -> MutexLost {
        let bodyError: String? = if case .failure(let error) = result { "\(error)" } else { nil }
        return MutexLost(
            key: key, token: holding.token, reason: holding.loss ?? "it could not be extended in time", bodyError: bodyError)
    }
}

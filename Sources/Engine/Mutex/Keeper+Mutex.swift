import Workflow

extension Keeper {
    /// Runs `body` while this process alone, of all that use the same database, holds the mutex of the name `key`.
    ///
    /// The mutex is extended in the background while the body runs. If it is lost all the same (taken away by command, or the database did not answer for most of `ttl`) the body is
    /// cancelled. A process that was stopped or cut off and goes on may not have noticed yet: give the token to what the body writes to, and let that refuse lower ones.
    ///
    /// Inside of the body the same mutex is entered at once. Calls of one process stand in line, first come, first served; between processes a release wakes those that wait, and whoever asks
    /// first gets it. Where the calling task is cancelled the body has up to nine tenths of `ttl` to end before the mutex is given up.
    ///
    /// - Parameters:
    ///   - key: 1 to 200 bytes, without control characters.
    ///   - ttl: how long others wait for a holder that died; from 300 ms to 24 h.
    ///   - timeout: how long to wait for the mutex; a request that is under way then is waited for.
    ///   - holder: on whose behalf; calls for the same holder enter together. `nil`: only what is called inside of the body does.
    ///   - body: is given the fencing token, which is higher than that of every earlier holder, for ever.
    /// - Returns: what the body returns, if the mutex was held to its end.
    /// - Throws: what the body throws; `MutexTimeout`; `MutexLost`, also where the body returned something after the loss; `StoreError` for what waiting does not mend; `CancellationError`.
    public func withMutex<R: Sendable>(
        _ key: String, ttl: Duration = .seconds(30), timeout: Duration = .seconds(60), holder: MutexHolder? = nil,
        _ body: @escaping @Sendable (_ token: Int64) async throws -> R
    ) async throws -> R {
        let call = try mutexCall(key, ttl, holder)
        return try await call.hold(try await call.take(timeout: timeout), body)
    }

    /// Runs `body` under the mutex if nobody has it; see `withMutex`. It does not wait, and asks once.
    /// - Returns: what the body returns; `nil` if somebody else has the mutex or, in this process, waits for it.
    /// - Throws: as `withMutex`; `StoreError` also where the store does not answer.
    public func withMutexIfFree<R: Sendable>(
        _ key: String, ttl: Duration = .seconds(30), holder: MutexHolder? = nil,
        _ body: @escaping @Sendable (_ token: Int64) async throws -> R
    ) async throws -> R? {
        let call = try mutexCall(key, ttl, holder)
        guard let holding = try await call.takeIfFree() else { return nil }
        return try await call.hold(holding, body)
    }

    private func mutexCall(_ key: String, _ ttl: Duration, _ holder: MutexHolder?) throws(StoreError) -> MutexCall {
        if let problem = LockRules.problem(key: key, ttl: ttl) { throw StoreError(.refused, "a mutex cannot be had: \(problem)") }
        return MutexCall(keeper: self, key: key, identity: identity(key, holder), ttl: ttl)
    }

    private func identity(_ key: String, _ holder: MutexHolder?) -> MutexIdentity {
        if let holder { return .named(holder) }
        let enclosing = MutexCall.enclosing.last { $0.key == key && $0.local === localMutexes }
        return enclosing?.identity ?? .call(localMutexes.host.randomID())
    }
}

/// What an action needs to take mutexes: where they are, and who it is.
struct ActionMutexes: Sendable {
    let keeper: any Keeper
    /// The node's session.
    let session: String
}

extension ActionContext {
    /// Runs `body` under a mutex of the cluster; see `Keeper.withMutex`. The holder is this attempt: what the action calls for the same key from several of its own child tasks enters
    /// together.
    ///
    /// When the node loses the run, the attempt and with it the body are cancelled.
    public func withMutex<R: Sendable>(
        _ key: String, ttl: Duration = .seconds(30), timeout: Duration = .seconds(60),
        _ body: @escaping @Sendable (_ token: Int64) async throws -> R
    ) async throws -> R {
        try await mutexKeeper.withMutex(key, ttl: ttl, timeout: timeout, holder: mutexHolder, body)
    }

    /// Runs `body` under a mutex of the cluster if nobody has it; see `Keeper.withMutexIfFree`.
    /// - Returns: `nil` if somebody has.
    public func withMutexIfFree<R: Sendable>(
        _ key: String, ttl: Duration = .seconds(30), _ body: @escaping @Sendable (_ token: Int64) async throws -> R
    ) async throws -> R? {
        try await mutexKeeper.withMutexIfFree(key, ttl: ttl, holder: mutexHolder, body)
    }

    private var mutexKeeper: any Keeper {
        get throws(ActionError) {
            guard let mutexes else { throw ActionError("there is no cluster here whose mutexes could be taken") }
            return mutexes.keeper
        }
    }

    private var mutexHolder: MutexHolder {
        MutexHolder(
            name: "run \(dagInsId), task \(taskId), attempt \(fencingToken).\(attempt)",
            place: "node \(worker), session \(mutexes?.session ?? "")")
    }
}

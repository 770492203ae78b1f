public import Engine

/// A keeper whose calls go wrong as a test wants it.
public struct FaultyKeeper: Keeper {
    let keeper: any Keeper
    public let faults: Faults
    /// Its own, as if it were the keeper of another process.
    public let localMutexes: LocalMutexes

    public init(_ keeper: any Keeper, faults: Faults = Faults(), host: any Host = SystemHost()) {
        localMutexes = LocalMutexes(host: host)
        self.keeper = keeper
        self.faults = faults
    }

    public func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        try await faults.around(.join) { try await keeper.join(node, session: session, replacing: previous, ttl: ttl) }
    }

    public func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? {
        try await faults.around(.renew) { try await keeper.renew(key: key, session: session, ttl: ttl) }
    }

    public func drain(key: String, session: String) async throws -> Bool {
        try await faults.around(.drain) { try await keeper.drain(key: key, session: session) }
    }

    public func resume(key: String, session: String) async throws -> Bool {
        try await faults.around(.resume) { try await keeper.resume(key: key, session: session) }
    }

    public func leave(key: String, session: String) async throws {
        try await faults.around(.leave) { try await keeper.leave(key: key, session: session) }
    }

    public func nodes() async throws -> [NodeStatus] { try await faults.around(.nodes) { try await keeper.nodes() } }

    public func declareDead(key: String, session: String) async throws -> Bool {
        try await faults.around(.declareDead) { try await keeper.declareDead(key: key, session: session) }
    }

    public func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        try await faults.around(.campaign) { try await keeper.campaign(key: key, session: session, ttl: ttl) }
    }

    public func resign(session: String, term: Int64) async throws {
        try await faults.around(.resign) { try await keeper.resign(session: session, term: term) }
    }

    public func leader() async throws -> Leadership? { try await faults.around(.leader) { try await keeper.leader() } }

    public func signal(_ hints: [Hint]) async { await keeper.signal(hints) }

    public func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        await keeper.listen(session: session, onHint: onHint)
    }

    public func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async { await keeper.listenAsLeader(onHint: onHint) }
}

public import Engine
public import Workflow

extension FaultyKeeper {
    public func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        try await faults.around(.acquireLock) { try await keeper.acquireLock(key, owner: owner, ttl: ttl) }
    }

    public func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        try await faults.around(.renewLock) { try await keeper.renewLock(key, owner: owner, token: token, ttl: ttl) }
    }

    public func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        try await faults.around(.releaseLock) { try await keeper.releaseLock(key, owner: owner, token: token) }
    }

    public func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        try await faults.around(.forceReleaseLock) { try await keeper.forceReleaseLock(key, token: token, by: author) }
    }

    public func locks() async throws -> [LockStatus] { try await faults.around(.locks) { try await keeper.locks() } }
}

public import Engine
public import Workflow

extension MemoryKeeper {
    public func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        let now = now()
        return state.change { $0.acquireLock(key, owner: owner, ttl: ttl, now: now) }
    }

    public func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        let now = now()
        return state.change { $0.renewLock(key, owner: owner, token: token, ttl: ttl, now: now) }
    }

    public func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        let now = now()
        return state.change { $0.releaseLock(key, owner: owner, token: token, now: now) }
    }

    public func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        let now = now()
        return state.change { $0.forceReleaseLock(key, token: token, by: author, now: now) }
    }

    public func locks() async throws -> [LockStatus] { state.value.locks(now: now()) }
}

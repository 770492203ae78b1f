import Engine
import TestSupport
import Workflow

extension SimulatedKeeper {
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        try await write("acquireLock", .lock(key)) { state, now in state.acquireLock(key, owner: owner, ttl: ttl, now: now) }
    }

    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        try await write("renewLock", .lock(key)) { state, now in state.renewLock(key, owner: owner, token: token, ttl: ttl, now: now) }
    }

    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        try await write("releaseLock", .lock(key)) { state, now in state.releaseLock(key, owner: owner, token: token, now: now) }
    }

    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        try await write("forceReleaseLock", .lock(key)) { state, now in state.forceReleaseLock(key, token: token, by: author, now: now) }
    }

    func locks() async throws -> [LockStatus] { try await read("locks") { state, now in state.locks(now: now) } }
}

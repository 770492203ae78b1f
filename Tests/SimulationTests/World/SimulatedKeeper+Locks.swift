import Engine
import TestSupport
import Workflow

extension SimulatedKeeper {
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        do {
            return try await write("acquireLock \(key)", .lock(key)) { [mutation] state, now in
                let before = state.locks[key]
                if mutation == .lockIgnoresHolder { state.locks[key]?.owner = nil }
                let answer = state.acquireLock(key, owner: owner, ttl: ttl, now: now)
                guard mutation == .lockTokenStays, case .acquired = answer, let before, before.token > 0 else { return answer }
                state.locks[key]?.token = before.token
                return .acquired(token: before.token)
            }
        } catch let error as StoreError {
            guard mutation == .lockErrorIsSuccess else { throw error }
            return .acquired(token: .max)
        }
    }

    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        try await write("renewLock \(key)", .lock(key)) { [mutation] state, now in
            let renewed = state.renewLock(key, owner: owner, token: token, ttl: ttl, now: now)
            let answer = renewed || mutation == .lockRenewalAlwaysSucceeds
            if answer { observer.renewedLock(key, owner, state.locks[key], at: now) }
            return answer
        }
    }

    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        try await write("releaseLock \(key)", .lock(key)) { [mutation] state, now in
            let holder = mutation == .unlockByKeyOnly ? state.locks[key]?.owner?.id ?? owner : owner
            return state.releaseLock(key, owner: holder, token: mutation == .unlockByKeyOnly ? nil : token, now: now)
        }
    }

    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        try await write("forceReleaseLock", .lock(key)) { state, now in state.forceReleaseLock(key, token: token, by: author, now: now) }
    }

    func locks() async throws -> [LockStatus] { try await read("locks") { state, now in state.locks(now: now) } }
}

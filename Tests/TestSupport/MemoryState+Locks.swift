public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a keeper does with the records of locks: `LockRecord`'s own changes, each in one step, at the server's time `now`.
extension MemoryState {
    public mutating func acquireLock(_ key: String, owner: LockOwner, ttl: Duration, now: Date) -> LockAnswer {
        var record = locks[key] ?? LockRecord(key: key)
        let isAcquired = record.acquire(owner, ttl: ttl, now: now)
        locks[key] = record
        return isAcquired ? .acquired(token: record.token) : .held(record.status(at: now))
    }

    public mutating func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration, now: Date) -> Bool {
        locks[key]?.renew(owner: owner, token: token, ttl: ttl, now: now) ?? false
    }

    public mutating func releaseLock(_ key: String, owner: String, token: Int64?, now: Date) -> LockReturn {
        guard locks[key]?.release(owner: owner, token: token, now: now) == true else { return .notHeld }
        return .released(isWanted: locks[key]?.isWanted(at: now) ?? false)
    }

    public mutating func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author, now: Date) -> Bool {
        locks[key]?.forceRelease(token: token, by: author, now: now) ?? false
    }

    public func locks(now: Date) -> [LockStatus] {
        let statuses = locks.values.map { $0.status(at: now) }.filter { $0.owner != nil || !$0.forced.isEmpty }
        return statuses.sorted { ($0.owner == nil ? 1 : 0, $0.key) < ($1.owner == nil ? 1 : 0, $1.key) }
    }
}

import Engine
import GRDB
import Logging
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Locks: `LockRecord`'s own changes, each in one transaction.
extension SQLiteKeeper {
    func acquireLock(_ key: String, owner: LockOwner, ttl: Duration) async throws -> LockAnswer {
        try await changeLock(key, isVital: false, inserting: true) { lock, now in
            lock.acquire(owner, ttl: ttl, now: now) ? .acquired(token: lock.token) : .held(lock.status(at: now))
        }
    }

    func renewLock(_ key: String, owner: String, token: Int64, ttl: Duration) async throws -> Bool {
        try await changeLock(key, isVital: true) { $0.renew(owner: owner, token: token, ttl: ttl, now: $1) }
    }

    func releaseLock(_ key: String, owner: String, token: Int64?) async throws -> LockReturn {
        try await changeLock(key) { lock, now in
            lock.release(owner: owner, token: token, now: now) ? .released(isWanted: lock.isWanted(at: now)) : .notHeld
        }
    }

    func forceReleaseLock(_ key: String, token: Int64, by author: ForcedRelease.Author) async throws -> Bool {
        try await changeLock(key) { $0.forceRelease(token: token, by: author, now: $1) }
    }

    /// - Parameter inserting: whether a lock that nobody has had yet is kept, too.
    private func changeLock<R: Sendable>(
        _ key: String, isVital: Bool = false, inserting: Bool = false, _ body: @escaping @Sendable (inout LockRecord, Date) -> R
    ) async throws -> R {
        try await file.write(isVital: isVital) { [clock = file.clock] db in
            let found = try LockRecord.find(db, key)
            var lock = found ?? LockRecord(key: key)
            let result = body(&lock, Date(milliseconds: clock.milliseconds))
            // Asking in vain changes nothing while the mark is fresh, and what changes nothing waits for no disk.
            if lock != found, found != nil || inserting { try lock.put(db) }
            return result
        }
    }

    func locks() async throws -> [LockStatus] {
        try await file.read { [clock = file.clock, logger] db in
            let now = clock.milliseconds
            return try LockRecord.rowsOfInterest(db, now: now).compactMap { row in
                do { return try LockRecord(row).status(at: Date(milliseconds: now)) } catch {
                    logger.error("a lock's row does not decode and is left out", metadata: ["problem": "\(error)"])
                    return nil
                }
            }
        }
    }
}

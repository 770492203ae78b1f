public import Workflow

extension Commander {
    /// All locks that are held, or that carry a trace of a forced release.
    public func locks() async throws -> [LockStatus] { try await keeper.locks() }

    /// A lock that somebody holds.
    /// - Throws: `CommandError` where nobody does.
    public func heldLock(_ key: String) async throws -> LockStatus {
        guard let lock = try await keeper.locks().first(where: { $0.key == key && $0.owner != nil }) else {
            throw CommandError(.notFound, "nobody holds a lock '\(key)' (commander locks shows those that are held)")
        }
        return lock
    }

    /// Takes a lock from the holder that it was seen with, and wakes who waits for it. The holder notices at its next renewal at the latest, and may work until then: what it writes to must
    /// refuse its token.
    /// - Throws: `CommandError` where that holder has it no longer.
    public func forceRelease(_ lock: LockStatus, by author: ForcedRelease.Author) async throws {
        guard try await keeper.forceReleaseLock(lock.key, token: lock.token, by: author) else {
            throw CommandError(
                .refused, "the lock '\(lock.key)' has changed hands in between (it was seen with token \(lock.token)); look again")
        }
        await keeper.signal([.unlocked(key: lock.key)])
    }
}

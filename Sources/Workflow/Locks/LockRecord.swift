#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A lock as the store keeps it, and the only ways in which it changes. Every change is one atomic step on one record; `now` is always the server's time.
///
/// The fencing token of a new holder is the larger of the last token plus one and the server's time in milliseconds. So it grows while the record is kept, and it also grows after a
/// record was removed as rubbish (`LockRules.rubbishAfter`): a lock would have to change hands more than a thousand times a second for weeks to be ahead of the clock, or the server's clock to go
/// back by weeks. Without the clock in it, a record with its counter would have to stay for ever for each key ever used.
public struct LockRecord: Sendable, Hashable {
    public let key: String
    /// The token of the last holder; 0 before the first.
    public var token: Int64
    /// Who holds it, or held it until it expired; `nil` where it was given back.
    public var owner: LockOwner?
    /// Since when the owner has it.
    public var since: Date?
    public var expiresAt: Date
    /// When somebody last asked for it in vain.
    public var wantedAt: Date?
    /// The last times that it was taken from its holder by command, oldest first.
    public var forced: [ForcedRelease]

    /// A lock that nobody has had yet.
    public init(key: String) {
        self.key = key
        token = 0
        expiresAt = Date(timeIntervalSince1970: 0)
        forced = []
    }

    public init(
        key: String, token: Int64, owner: LockOwner?, since: Date?, expiresAt: Date, wantedAt: Date? = nil, forced: [ForcedRelease] = []
    ) {
        self.key = key
        self.token = token
        self.owner = owner
        self.since = since
        self.expiresAt = expiresAt
        self.wantedAt = wantedAt
        self.forced = forced
    }

    /// Whether somebody holds it. An owner whose time has run out holds nothing, whether somebody else has come or not.
    public func isHeld(at now: Date) -> Bool { owner != nil && expiresAt > now }

    /// Takes the lock where it is free; the holder that asks again keeps its token and gets more time. Who asks in vain leaves a mark, so that giving back sends a hint.
    /// - Returns: whether `owner` holds it now.
    public mutating func acquire(_ owner: LockOwner, ttl: Duration, now: Date) -> Bool {
        if isHeld(at: now) {
            guard self.owner?.id == owner.id else {
                // Many who wait must not make a write of each look.
                if !isMarked(at: now) { wantedAt = now }
                return false
            }
        } else {
            token = max(token + 1, LockRules.milliseconds(of: now))
            self.owner = owner
            since = now
        }
        expiresAt = now.addingTimeInterval(LockRules.seconds(of: ttl))
        return true
    }

    /// Gives the holder more time, counted from now. Time that has run out is not given back: somebody who looked in between has seen the lock free.
    /// - Returns: whether it is still held with this token.
    public mutating func renew(owner: String, token: Int64, ttl: Duration, now: Date) -> Bool {
        guard isHeld(at: now), self.owner?.id == owner, self.token == token else { return false }
        expiresAt = now.addingTimeInterval(LockRules.seconds(of: ttl))
        return true
    }

    /// Gives the lock back, if it is this owner's.
    /// - Parameter token: `nil` where the owner never learnt whether it was given the lock; its id is enough then, since each is used for one acquisition.
    /// - Returns: whether it was.
    public mutating func release(owner: String, token: Int64?, now: Date) -> Bool {
        guard self.owner?.id == owner, token == nil || token == self.token else { return false }
        free(now)
        return true
    }

    /// Takes the lock from the holder with this token.
    /// - Returns: whether that holder had it.
    public mutating func forceRelease(token: Int64, by author: ForcedRelease.Author, now: Date) -> Bool {
        guard isHeld(at: now), let owner, self.token == token else { return false }
        let trace = ForcedRelease(
            at: now, by: author.name, host: author.host, reason: author.reason, holder: owner.name, token: token)
        forced = (forced + [trace]).suffix(LockRules.forcedLimit)
        free(now)
        return true
    }

    private mutating func free(_ now: Date) {
        owner = nil
        since = nil
        expiresAt = min(expiresAt, now)
    }

    /// Whether the mark of somebody who waits is fresh.
    private func isMarked(at now: Date) -> Bool {
        guard let wantedAt else { return false }
        return now < wantedAt.addingTimeInterval(LockRules.seconds(of: LockRules.markFor))
    }

    /// Whether somebody has asked for it lately, and probably still waits.
    public func isWanted(at now: Date) -> Bool {
        guard let wantedAt else { return false }
        return now.timeIntervalSince(wantedAt) < LockRules.seconds(of: LockRules.wantedFor)
    }

    /// The lock as it is seen from outside.
    public func status(at now: Date) -> LockStatus {
        LockStatus(
            key: key, token: token, owner: isHeld(at: now) ? owner : nil, since: isHeld(at: now) ? since : nil,
            secondsLeft: isHeld(at: now) ? expiresAt.timeIntervalSince(now) : 0, isWanted: isWanted(at: now), forced: forced)
    }
}

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A lock as the server's clock sees it at one moment.
public struct LockStatus: Sendable, Hashable, Codable {
    public var key: String
    /// The fencing token of the holder, or of the last one.
    public var token: Int64
    /// Who holds it; `nil` where it is free.
    public var owner: LockOwner?
    public var since: Date?
    /// How long the holder still has it without another renewal; 0 where it is free.
    public var secondsLeft: Double
    /// Whether somebody asked for it in vain a moment ago.
    public var isWanted: Bool
    /// The last times that it was taken from its holder by command, oldest first.
    public var forced: [ForcedRelease]

    public init(
        key: String, token: Int64, owner: LockOwner?, since: Date?, secondsLeft: Double, isWanted: Bool, forced: [ForcedRelease] = []
    ) {
        self.key = key
        self.token = token
        self.owner = owner
        self.since = since
        self.secondsLeft = secondsLeft
        self.isWanted = isWanted
        self.forced = forced
    }
}

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The trace of a lock that was taken from its holder by command.
public struct ForcedRelease: Sendable, Hashable, Codable {
    /// When, by the server's clock.
    public var at: Date
    /// Who did it, and from which host.
    public var by: String
    public var host: String
    public var reason: String
    /// From whom, and the token that the holder had.
    public var holder: String
    public var token: Int64

    public init(at: Date, by: String, host: String, reason: String, holder: String, token: Int64) {
        self.at = at
        self.by = by
        self.host = host
        self.reason = reason
        self.holder = holder
        self.token = token
    }

    /// Who takes a lock away, and why.
    public struct Author: Sendable, Hashable {
        public var name: String
        public var host: String
        public var reason: String

        public init(name: String, host: String, reason: String) {
            self.name = name
            self.host = host
            self.reason = reason
        }
    }
}

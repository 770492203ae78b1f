/// Why a store or keeper could not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public var kind: Kind
    /// What happened and what to do, for people. Never contains credentials.
    public var message: String
    /// Whether a write can have happened.
    public var outcome: Outcome

    public init(_ kind: Kind, _ message: String, outcome: Outcome = .notApplied) {
        self.kind = kind
        self.message = message
        self.outcome = outcome
    }

    public enum Kind: Sendable, Hashable, CaseIterable {
        /// Not reachable now; it may be later.
        case unavailable
        /// The server knows the caller not, or lets it not do this.
        case unauthorized
        /// A URL or setting is wrong, or the server is of a kind that will not do.
        case misconfigured
        /// A document in the store is not what it should be.
        case malformed
        /// The store refuses the request, whatever is tried.
        case refused
    }

    public enum Outcome: Sendable, Hashable {
        case notApplied
        case unknown
    }

    /// Whether it is worth trying again.
    public var isTransient: Bool { kind == .unavailable }

    public var description: String { message }
}

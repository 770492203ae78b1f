/// What the watchdog does in one tick: which nodes it declares dead, and which instances are orphans.
///
/// Level-triggered: it is computed from what the store says now (owned instances read first, then nodes), never from a remembered death. So an instance is
/// found however it came to be orphaned.
public struct WatchDogPlan: Sendable, Hashable {
    /// Sessions whose lease has run out by the server's clock and that nobody has declared dead yet.
    public var toDeclareDead: [Node]
    /// Indices into the owned instances of those whose session is absent, replaced or dead.
    public var orphans: [Int]

    /// What is known of a node's session.
    public struct Node: Sendable, Hashable {
        public var key: String
        public var session: String
        public var isAlive: Bool
        /// Whether its lease has run out by the server's clock.
        public var isExpired: Bool

        public init(key: String, session: String, isAlive: Bool, isExpired: Bool) {
            self.key = key
            self.session = session
            self.isAlive = isAlive
            self.isExpired = isExpired
        }
    }

    /// - Parameters:
    ///   - ownedSessions: the sessions of owned instances, read before `nodes`.
    ///   - nodes: all nodes, read from the primary.
    public init(ownedSessions: [String?], nodes: [Node]) {
        toDeclareDead = nodes.filter { $0.isAlive && $0.isExpired }
        let alive = Set(nodes.lazy.filter(\.isAlive).map(\.session))
        orphans = ownedSessions.indices.filter { index in
            guard let session = ownedSessions[index] else { return true }
            return !alive.contains(session)
        }
    }
}

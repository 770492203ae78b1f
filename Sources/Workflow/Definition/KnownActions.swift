/// The names of actions that a definition may use without a warning.
public struct KnownActions: Hashable, Sendable {
    /// Actions that every stock node has.
    public var builtIn: Set<String>
    /// Actions that live nodes have published; empty where nobody was asked.
    public var registered: Set<String>

    public init(builtIn: Set<String>, registered: Set<String> = []) {
        self.builtIn = builtIn
        self.registered = registered
    }

    func contains(_ name: String) -> Bool { builtIn.contains(name) || registered.contains(name) }

    var names: Set<String> { builtIn.union(registered) }
}

/// A node that is alive, as far as what it can take matters.
public struct LiveNode: Hashable, Sendable {
    public var key: String
    public var actions: Set<String>
    public var flows: Set<String>
    public var labels: [String: String]
    /// How many runs it takes at once, and how many it owns.
    public var capacity: Int
    public var load: Int
    /// Whether it takes nothing more.
    public var isDraining: Bool

    public init(
        key: String, actions: Set<String>, flows: Set<String> = [], labels: [String: String] = [:], capacity: Int = 1, load: Int = 0,
        isDraining: Bool = false
    ) {
        self.key = key
        self.actions = actions
        self.flows = flows
        self.labels = labels
        self.capacity = capacity
        self.load = load
        self.isDraining = isDraining
    }

    /// Whether it has all that is asked for.
    public func offers(_ needs: DagRequirements) -> Bool {
        needs.actions.isSubset(of: actions) && needs.flows.isSubset(of: flows) && has(needs.labels)
    }

    func has(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
}

extension DagRequirements {
    /// What is missing for this; `nil` where some node can take it now.
    public func shortage(among nodes: [LiveNode]) -> NodeShortage? {
        guard !nodes.isEmpty else { return .noNodes }
        let nodes = nodes.filter { !$0.isDraining }
        guard !nodes.isEmpty else { return .allDraining }
        let able = nodes.filter { $0.offers(self) }
        guard able.isEmpty else { return able.contains { $0.load < $0.capacity } ? nil : .full }
        let actions = actions.filter { name in !nodes.contains { $0.actions.contains(name) } }.sorted()
        if !actions.isEmpty { return .actions(actions) }
        let flows = flows.filter { name in !nodes.contains { $0.flows.contains(name) } }.sorted()
        if !flows.isEmpty { return .flows(flows) }
        return nodes.contains { $0.has(labels) } ? .together : .labels(labels)
    }
}

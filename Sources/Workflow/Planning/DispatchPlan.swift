/// Who gets what: gives instances that nobody owns to nodes that live, can run them and have room.
///
/// A value computed from what was read; nothing is assigned until the store has accepted each assignment under its condition.
public struct DispatchPlan: Sendable, Hashable {
    public private(set) var assignments: [Assignment] = []
    /// Instances that stay where they are, and why.
    public private(set) var waiting: [Waiting] = []
    /// Whether an instance waits only because all that could run it are full.
    public private(set) var wantsRoom = false

    /// A node that may be given work.
    public struct Candidate: Sendable, Hashable {
        public var key: String
        public var session: String
        /// Actions that the node has registered.
        public var actions: Set<String>
        /// KisFlow flows that the node has loaded.
        public var flows: Set<String>
        public var labels: [String: String]
        /// How many instances it takes at once.
        public var capacity: Int
        /// How many it owns now.
        public var load: Int

        public init(
            key: String, session: String, actions: Set<String>, flows: Set<String>, labels: [String: String] = [:], capacity: Int, load: Int
        ) {
            self.key = key
            self.session = session
            self.actions = actions
            self.flows = flows
            self.labels = labels
            self.capacity = capacity
            self.load = load
        }
    }

    /// An instance that wants an owner.
    public struct Pending: Sendable, Hashable {
        public var id: String
        public var dagId: String
        public var version: RecordVersion
        public var status: DagInstanceStatus
        /// The dead session that owns it, for an orphan.
        public var session: String?
        public var runEpoch: Int64
        /// What its DAG needs; `nil` if its definition could not be read, which keeps it waiting.
        public var requirements: DagRequirements?

        public init(
            id: String, dagId: String, version: RecordVersion, status: DagInstanceStatus, session: String?, runEpoch: Int64,
            requirements: DagRequirements?
        ) {
            self.id = id
            self.dagId = dagId
            self.version = version
            self.status = status
            self.session = session
            self.runEpoch = runEpoch
            self.requirements = requirements
        }
    }

    /// A change of owner, carried out only if the instance is still as it was read.
    public struct Assignment: Sendable, Hashable {
        public var id: String
        /// The instance's status, version and session as read: the condition.
        public var from: DagInstanceStatus
        public var expected: RecordVersion
        public var expectedSession: String?
        /// The new owner.
        public var worker: String
        public var session: String
        public var version: RecordVersion
        /// Set where nobody has owned the instance before, so that there is nothing to raise.
        public var runEpoch: Int64?
        /// Whether the instance is taken from a node that was lost.
        public var isAdoption: Bool { expectedSession != nil }
    }

    public struct Waiting: Sendable, Hashable {
        public var id: String
        public var reason: String
    }

    /// Plans in the order of `pending`: each goes to the candidate with the lowest share of its capacity in use.
    /// - Parameter turn: whose turn it is among equals, in the order of keys; the caller adds the number of assignments made, so that idle nodes take turns.
    public init(pending: [Pending], candidates: [Candidate], turn: Int = 0) {
        var candidates = candidates.sorted { $0.key < $1.key }
        if !candidates.isEmpty {
            let first = Int(turn.magnitude % UInt(candidates.count))
            candidates = Array(candidates[first...] + candidates[..<first])
        }
        for instance in pending {
            guard let needs = instance.requirements else {
                waiting.append(Waiting(id: instance.id, reason: "its definition is not in the store"))
                continue
            }
            guard let chosen = Self.choose(for: needs, among: candidates) else {
                waiting.append(Waiting(id: instance.id, reason: Self.whyNobody(needs, candidates)))
                wantsRoom = wantsRoom || candidates.contains { $0.canRun(needs) }
                continue
            }
            candidates[chosen].load += 1
            let version = instance.version.nextEpoch
            assignments.append(
                Assignment(
                    id: instance.id, from: instance.status, expected: instance.version, expectedSession: instance.session,
                    worker: candidates[chosen].key, session: candidates[chosen].session, version: version,
                    runEpoch: instance.runEpoch == 0 ? version.epoch : nil))
        }
    }

    private static func choose(for needs: DagRequirements, among candidates: [Candidate]) -> Int? {
        var best: Int?
        for (index, candidate) in candidates.enumerated() where candidate.load < candidate.capacity && candidate.canRun(needs) {
            // load / capacity compared as fractions without division
            if let current = best, candidates[current].load * candidate.capacity <= candidate.load * candidates[current].capacity {
                continue
            }
            best = index
        }
        return best
    }

    /// Why no candidate can take an instance with these needs now, in words for `commander show`.
    public static func whyNobody(_ needs: DagRequirements, _ candidates: [Candidate]) -> String {
        if candidates.isEmpty { return "no node is alive" }
        let able = candidates.filter { $0.canRun(needs) }
        guard able.isEmpty else { return "every node that could run it is full" }
        let actions = needs.actions.filter { name in !candidates.contains { $0.actions.contains(name) } }.sorted()
        if !actions.isEmpty { return "no live node offers the action \(actions.map { "'\($0)'" }.joined(separator: ", "))" }
        let flows = needs.flows.filter { name in !candidates.contains { $0.flows.contains(name) } }.sorted()
        if !flows.isEmpty { return "no live node offers the flow \(flows.map { "'\($0)'" }.joined(separator: ", "))" }
        let labels = needs.labels.sorted { $0.key < $1.key }.filter { label in !candidates.contains { $0.labels[label.key] == label.value }
        }
        if !labels.isEmpty { return "no live node has the \(text(labels))" }
        guard candidates.contains(where: { $0.has(needs.labels) }) else {
            return "no single live node has the \(text(needs.labels.sorted { $0.key < $1.key }))"
        }
        let kind = needs.labels.isEmpty ? "" : " and has its labels"
        return "no single live node offers all its actions and flows" + kind
    }

    private static func text(_ labels: [(key: String, value: String)]) -> String {
        "label\(labels.count == 1 ? "" : "s") " + labels.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}

extension DispatchPlan.Candidate {
    /// Whether the node has all that a DAG needs.
    public func canRun(_ needs: DagRequirements) -> Bool {
        needs.actions.isSubset(of: actions) && needs.flows.isSubset(of: flows) && has(needs.labels)
    }

    fileprivate func has(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
}

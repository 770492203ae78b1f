import TestSupport

/// What an attacker does and when: computed from a seed, so that the same seed gives the same plan.
struct AttackPlan: Hashable, Sendable, CustomStringConvertible {
    enum Fault: Hashable, Sendable {
        /// kill -9, and a new process after a while, under the same key or another one.
        case kill(node: Int, isSameKey: Bool)
        /// SIGSTOP, and SIGCONT at the end.
        case stop(node: Int)
        case cut(node: Int, NodeNetwork.Direction)
        /// Sets the node's clock of the day off by so many seconds; it stays so.
        case skew(node: Int, seconds: Int)
        case burn
        case stepDown
        case killMember

        var isOnReplicaSet: Bool { self == .stepDown || self == .killMember }
    }

    struct Step: Hashable, Sendable, CustomStringConvertible {
        /// Seconds after the beginning.
        var at: Double
        var fault: Fault
        /// Seconds until the fault is mended.
        var lasting: Double

        var description: String { "\(tenths(at)) s: \(fault) for \(tenths(lasting)) s" }
    }

    let seed: UInt64
    let steps: [Step]

    var description: String { (["attack plan of seed \(seed):"] + steps.map { "  \($0)" }).joined(separator: "\n") }

    /// Each round has every kind of fault once, in random order; a node is under one fault at a time, and so is the replica set.
    /// - Parameters:
    ///   - seconds: when the last fault may begin.
    ///   - ttl: the nodes' lease, in seconds.
    init(seed: UInt64, seconds: Double, nodes: Int, ttl: Double, canCut: Bool, canSkew: Bool) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        var busyNodes = [Double](repeating: 0, count: nodes)
        var busySet = 0.0
        var at = 1.0
        var steps: [Step] = []
        while at < seconds {
            for kind in (0..<8).shuffled(using: &random) {
                guard at < seconds else { break }
                let lasting = ttl * Double.random(in: 0.4...2.5, using: &random)
                let node = busyNodes.indices.min { (busyNodes[$0], $0) < (busyNodes[$1], $1) } ?? 0
                let victim = busyNodes.indices.filter { busyNodes[$0] <= at }.randomElement(using: &random) ?? node
                guard let fault = Self.fault(kind, victim, canCut, canSkew, &random) else { continue }
                switch fault {
                case .kill, .stop, .cut, .skew:
                    at = max(at, busyNodes[victim])
                    busyNodes[victim] = at + lasting + 1
                case .stepDown, .killMember:
                    at = max(at, busySet)
                    // Elections and catching up take their time.
                    busySet = at + lasting + 11
                case .burn: break
                }
                steps.append(Step(at: at, fault: fault, lasting: lasting))
                at += Double.random(in: 0.2...2.4, using: &random)
            }
        }
        self.steps = steps.filter { $0.at < seconds }
    }

    private static func fault(_ kind: Int, _ node: Int, _ canCut: Bool, _ canSkew: Bool, _ random: inout SeededGenerator) -> Fault? {
        let coin = Bool.random(using: &random)
        let direction = NodeNetwork.Direction.allCases.randomElement(using: &random) ?? .both
        let seconds = [-3_600, -60, -5, 5, 60, 3_600].randomElement(using: &random) ?? 5
        switch kind {
        case 0, 1: return .kill(node: node, isSameKey: coin)
        case 2: return .stop(node: node)
        case 3: return canCut ? .cut(node: node, direction) : nil
        case 4: return canSkew ? .skew(node: node, seconds: seconds) : nil
        case 5: return .burn
        case 6: return .stepDown
        default: return .killMember
        }
    }
}

private func tenths(_ seconds: Double) -> String { String(Double(Int(seconds * 10)) / 10) }

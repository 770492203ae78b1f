import Console
import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `nodes` shows.
struct NodesReport: Report {
    enum State: String, Encodable {
        case alive
        /// It takes nothing more and is about to stop.
        case draining
        /// Its lease has run out, and nobody has declared it dead yet.
        case expired
        case dead

        init(_ node: NodeStatus) {
            self = !node.isAlive ? .dead : node.isExpired ? .expired : node.isDraining ? .draining : .alive
        }

        var style: Style {
            switch self {
            case .alive: .green
            case .draining: .yellow
            case .expired: .red
            case .dead: .dim
            }
        }
    }

    struct Entry: Encodable {
        var key: String
        var state: State
        var isLeader: Bool
        var session: String
        var host: String
        var pid: Int
        var capacity: Int
        var actions: [String]
        var flows: [String]
        /// How long its lease still runs by the server's clock; negative where it has run out.
        var leaseSecondsLeft: Double
        var joinedAt: Date
    }

    struct Leader: Encodable {
        var key: String
        var session: String
        var term: Int64
        var leaseSecondsLeft: Double
    }

    var nodes: [Entry]
    var leader: Leader?

    init(_ nodes: [NodeStatus], leader: Leadership?) {
        self.nodes = nodes.sorted { $0.node.key < $1.node.key }.map { node in
            Entry(
                key: node.node.key, state: State(node), isLeader: node.session == leader?.session, session: node.session,
                host: node.node.host, pid: node.node.pid, capacity: node.node.capacity, actions: node.node.actions.sorted(),
                flows: node.node.flows.sorted(), leaseSecondsLeft: node.secondsLeft, joinedAt: node.joinedAt)
        }
        self.leader = leader.map { Leader(key: $0.key, session: $0.session, term: $0.term, leaseSecondsLeft: $0.secondsLeft) }
    }

    func text(_ layout: Layout) -> String {
        guard !nodes.isEmpty else { return "no nodes; start one with: swiftflow node --key worker-1 --url …\n" }
        var table = Table([
            .init(title: "KEY"), .init(title: "STATE"), .init(title: "LEADER", isOptional: true), .init(title: "SESSION", isFlexible: true),
            .init(title: "HOST", isFlexible: true), .init(title: "PID", alignment: .right), .init(title: "CAPACITY", alignment: .right),
            .init(title: "ACTIONS", alignment: .right), .init(title: "LEASE", alignment: .right), .init(title: "JOINED"),
        ])
        for node in nodes {
            let isUp = node.state == .alive || node.state == .draining
            table.append([
                .init(node.key), .init(node.state.rawValue, node.state.style), .init(node.isLeader ? "leader" : "", .bold),
                .init(node.session), .init(node.host), "\(node.pid)", "\(node.capacity)", "\(node.actions.count)",
                .init(isUp ? TimeText.duration(node.leaseSecondsLeft) : ""), .init(layout.time(node.joinedAt)),
            ])
        }
        let nobody = leader == nil ? [layout.styled("no node leads now", .yellow)] : []
        return (table.lines(layout) + nobody).asText
    }
}

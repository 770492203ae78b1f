import Foundation
import Seeded

/// A whole cluster through one day, whose hours may be shortened; its rates are those of the real day.
final class Cluster {
    let shape: ClusterShape
    let costs: Costs
    let events = EventQueue()
    let hour: Double
    let server: Server
    var random: SplitMix
    var submitToFirst = Samples()
    var hop = Samples()
    /// Tasks that became durable, and were submitted.
    var durable: Timeline
    private(set) var offered: Timeline
    /// Seconds in which places for tasks were taken.
    var placesUsed: Timeline
    private(set) var nodes: [SimulatedNode] = []
    private(set) var leader: SimulatedLeader?
    private var boards: [SignalBoard] = []
    private var leaderBoard: SignalBoard?
    private let curve: DailyCurve
    private var submitted = 0

    init(_ shape: ClusterShape, _ costs: Costs, hour: Double) {
        self.shape = shape
        self.costs = costs
        self.hour = hour
        server = Server(shape, costs, events, hour: hour)
        random = SplitMix(state: shape.seed)
        durable = Timeline(hour: hour)
        offered = Timeline(hour: hour)
        placesUsed = Timeline(hour: hour)
        curve = DailyCurve(peak: shape.peakFactor)
    }

    func run() {
        nodes = (0..<shape.nodes).map { _ in SimulatedNode(self) }
        leader = SimulatedLeader(self)
        openBoards()
        for number in nodes.indices { live(number) }
        every(shape.lease * 2 / 3) { [self] in leader?.look() }
        every(shape.lease * 6) { [self] in leader?.audit() }
        every(shape.pollInterval) { [self] in leader?.hint() }
        arrive(singly: true)
        arrive(singly: false)
        events.run(until: 24 * hour)
    }

    // MARK: Hints

    /// The leader listens too: to the only collection, or to one that is for it alone.
    private func openBoards() {
        let count = max(shape.signalCollections, 1)
        boards = (0..<count).map { board in
            let listeners = (nodes.count - board + count - 1) / count
            return SignalBoard(listeners: count == 1 ? listeners + 1 : listeners, server, costs, events) { [self] listener in
                if listener < listeners { nodes[listener * count + board].take() } else { leader?.hint() }
            }
        }
        if count > 1 { leaderBoard = SignalBoard(listeners: 1, server, costs, events) { [self] _ in leader?.hint() } }
    }

    private func tellLeader() { if let leaderBoard { leaderBoard.put([0]) } else { boards[0].put([nodes.count]) } }

    /// Tells nodes that something was assigned to them: one insert for each collection.
    func tell(_ assigned: Set<Int>) {
        for board in boards.indices {
            let targets = assigned.sorted().filter { $0 % boards.count == board }
            if !targets.isEmpty { boards[board].put(targets.map { $0 / boards.count }) }
        }
    }

    // MARK: What goes on by itself

    private func every(_ seconds: Double, _ action: @escaping () -> Void) {
        events.after(seconds * Double.random(in: 0.75...1.25, using: &random)) { [self] in
            action()
            every(seconds, action)
        }
    }

    /// A node's heartbeat, its look at the leader's lease, its poll, and its listening anew.
    private func live(_ number: Int) {
        let renewal = Server.Write(seconds: costs.renewal, records: 1)
        every(shape.lease / 3) { [self] in server.write(renewal, for: .leasesAndPolls) {} }
        every(shape.lease * 5 / 6) { [self] in server.read(0, for: .leasesAndPolls) {} }
        every(shape.pollInterval) { [self] in nodes[number].take(all: true) }
        every(shape.awaitTime) { [self] in server.read(0, for: .leasesAndPolls) {} }
    }

    // MARK: Submitters

    /// Calls that submit, as chance has them: of one run each, or bursts. Candidates come at the peak's rate, and the curve keeps its share of them (thinning: Lewis and Shedler, 1979).
    private func arrive(singly: Bool) {
        let runs = shape.tasksPerDay / 86_400 / Double(ClusterShape.tasksPerRun)
        let size = singly ? 1 : shape.burst
        let rate = runs * (singly ? 1 - shape.burstShare : shape.burstShare) / Double(max(size, 1)) * shape.peakFactor
        guard rate > 0, size > 0 else { return }
        events.after(-log(Double.random(in: 1e-12...1, using: &random)) / rate) { [self] in
            let share = curve.rate(at: events.now / (24 * hour)) / shape.peakFactor
            if Double.random(in: 0..<1, using: &random) < share { submit(size) }
            arrive(singly: singly)
        }
    }

    private func submit(_ count: Int) {
        offered.add(Double(count * ClusterShape.tasksPerRun), at: events.now)
        let runs = (0..<count).map { _ in
            let isWide = Double.random(in: 0..<1, using: &random) < shape.wideShare
            submitted += 1
            return SimulatedRun(number: submitted, layers: ClusterShape.layers(isWide: isWide), submitted: events.now)
        }
        server.read(0, for: .runs) { [self] in
            server.write(Server.Write(seconds: costs.insertRun * Double(count), records: count), for: .runs) { [self] in
                for run in runs { leader?.pending.append(run) }
                tellLeader()
            }
        }
    }
}

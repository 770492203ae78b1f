/// The leader: one loop that reads the queue when it is told to, gives out what waits, and reads again at once if there was a page full.
final class SimulatedLeader {
    /// Runs in the store that nobody owns, oldest first.
    var pending = Fifo<SimulatedRun>()
    /// Seconds in which it was at work, and the same weighted with how full its page was.
    private(set) var busy: Timeline
    private(set) var filled: Timeline
    private let cluster: Cluster
    private let processor: Cores
    private var isLooking = false
    private var isHinted = false
    private var turn = 0
    private var lookedAt = 0.0

    init(_ cluster: Cluster) {
        self.cluster = cluster
        processor = Cores(1, cluster.events, hour: cluster.hour)
        busy = Timeline(hour: cluster.hour)
        filled = Timeline(hour: cluster.hour)
    }

    /// There are runs to give out: one read of the queue, and what follows from it.
    func hint() {
        guard !isLooking else { return isHinted = true }
        (isLooking, isHinted) = (true, false)
        let (began, costs) = (cluster.events.now, cluster.costs)
        let waiting = min(pending.count, Self.page)
        cluster.server.read(costs.readRun * Double(waiting), for: .runs) { [self] in
            let seconds = costs.decode * Double(waiting) + costs.choice * Double(waiting * cluster.nodes.count)
            processor.work(seconds) { [self] in
                let placed = place(pending.take(waiting))
                assign(placed[...]) { [self] in end(began, placed.count) }
            }
        }
    }

    /// Reads all nodes: when a lease could be over, and after giving out by an old picture.
    func look() {
        lookedAt = cluster.events.now
        let nodes = Double(cluster.nodes.count)
        cluster.server.read(cluster.costs.readNode * nodes, for: .leasesAndPolls) { [self] in
            processor.work(cluster.costs.decode * nodes) {}
        }
    }

    /// Reads all that is owned, and all nodes.
    func audit() {
        let owned = Double(cluster.nodes.reduce(0) { $0 + $1.owned })
        cluster.server.read(cluster.costs.readOwned * owned, for: .leasesAndPolls) { [self] in
            processor.work(cluster.costs.decode * owned) { [self] in look() }
        }
    }

    /// In steps, so that the first are at work while the others are being given out.
    private func assign(_ placed: ArraySlice<(SimulatedRun, Int)>, then: @escaping () -> Void) {
        guard !placed.isEmpty else { return then() }
        let step = placed.prefix(Self.step)
        let write = Server.Write(seconds: cluster.costs.updateRun * Double(step.count), records: step.count)
        cluster.server.write(write, for: .runs) { [self] in
            for (run, node) in step { cluster.nodes[node].assign(run) }
            cluster.tell(Set(step.map(\.1)))
            assign(placed.dropFirst(step.count), then: then)
        }
    }

    /// Each to the node with the lowest load; idle ones take turns.
    private func place(_ runs: [SimulatedRun]) -> [(SimulatedRun, Int)] {
        var loads = cluster.nodes.map(\.owned)
        var placed: [(SimulatedRun, Int)] = []
        for run in runs {
            var best = turn % loads.count
            for offset in loads.indices {
                let node = (turn + offset) % loads.count
                if loads[node] < loads[best] { best = node }
            }
            guard loads[best] < cluster.shape.capacity else {
                pending.append(run)
                continue
            }
            loads[best] += 1
            turn += 1
            placed.append((run, best))
        }
        return placed
    }

    private func end(_ began: Double, _ assigned: Int) {
        let took = cluster.events.now - began
        busy.add(took, at: began)
        filled.add(took * Double(assigned) / Double(Self.page), at: began)
        isLooking = false
        if assigned > 0, cluster.events.now - lookedAt > cluster.shape.watchInterval { look() }
        if isHinted || assigned == Self.page { hint() }
    }

    /// The most runs of one look.
    private static let page = 1_000
    /// The most runs of one assignment.
    private static let step = 100
}

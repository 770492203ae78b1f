/// What a simulated day showed.
package struct Day: Sendable, Hashable {
    /// Times the shape's load.
    package var multiple: Double
    /// Tasks a second that were submitted, and that became durable.
    package var offered: Utilization
    package var durable: Utilization
    package var server: Utilization
    /// Seconds of the server's processor for a task, by purpose.
    package var serverSecondsPerTask: [Purpose: Double]
    package var journal: Utilization
    package var leader: Utilization
    /// The share of time in which the leader was looking at all, full page or not.
    package var leaderBusy: Utilization
    /// The busiest node.
    package var node: Utilization
    /// Places for tasks, over all nodes.
    package var places: Utilization
    package var commandsPerSecond: Utilization
    package var recordsPerBatch: Double
    package var submitToFirst: Latency
    package var hop: Latency

    /// Simulates a day under `multiple` times the load that `shape` says.
    /// - Parameter tasks: about how many tasks are simulated at most; beyond them the day's hours are shortened, from 20 seconds down to 2.
    package static func simulate(_ shape: ClusterShape, _ costs: Costs, multiple: Double = 1, tasks: Double = 2e5) -> Day {
        var shape = shape
        shape.tasksPerDay *= multiple
        let hour = min(max(tasks / (shape.tasksPerDay / 86_400) / 24, 2), 20)
        let cluster = Cluster(shape, costs, hour: hour)
        cluster.run()
        return Day(cluster, multiple: multiple)
    }

    private init(_ cluster: Cluster, multiple: Double) {
        func rates(_ timeline: Timeline?, by whole: Double = 1) -> Utilization {
            Utilization(mean: (timeline?.mean ?? 0) / whole, peak: (timeline?.peak ?? 0) / whole)
        }
        self.multiple = multiple
        offered = rates(cluster.offered)
        durable = rates(cluster.durable)
        server = cluster.server.cores.utilization
        let tasks = cluster.durable.mean * 24 * cluster.hour
        serverSecondsPerTask = cluster.server.spent.mapValues { $0 / max(tasks, 1) }
        journal = rates(cluster.server.journalBytes, by: cluster.costs.journalBandwidth)
        leader = rates(cluster.leader?.filled)
        leaderBusy = rates(cluster.leader?.busy)
        node = cluster.nodes.map(\.cores.utilization).max { $0.peak < $1.peak } ?? Utilization(mean: 0, peak: 0)
        places = rates(cluster.placesUsed, by: Double(cluster.shape.nodes * cluster.shape.concurrentTasks))
        commandsPerSecond = rates(cluster.server.commands)
        let batches = cluster.nodes.map(\.batches)
        recordsPerBatch = Double(batches.reduce(0) { $0 + $1.records }) / Double(max(batches.reduce(0) { $0 + $1.count }, 1))
        submitToFirst = cluster.submitToFirst.summary
        hop = cluster.hop.summary
    }

    /// Resources and how much of them the busiest hour used, the scarcest first.
    package var resources: [(name: String, peak: Double)] {
        [
            ("server's processor", server.peak), ("journal", journal.peak), ("leader", leader.peak), ("node's processor", node.peak),
            ("places for tasks", places.peak),
        ].sorted {
            $0.1 > $1.1
        }
    }

    /// Whether a resource was used up in the busiest hour, or tasks fell behind by the end of the day.
    package var isSaturated: Bool { resources[0].peak >= 0.95 || durable.mean < 0.9 * offered.mean }
}

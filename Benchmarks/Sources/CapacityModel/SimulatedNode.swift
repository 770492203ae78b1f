import Foundation

/// A node: takes the runs that the store lists for it, starts tasks as their layer begins, and writes what became of them through its flushers.
final class SimulatedNode {
    let cores: Cores
    /// Assigned in the store and not taken yet.
    var assigned: [SimulatedRun] = []
    /// Runs that the store lists for the node.
    private(set) var owned = 0
    private let cluster: Cluster
    private let tasks: [Flusher]
    private let traces: [Flusher]
    private let instances: Flusher
    private var isTaking = false
    private var isHinted = false
    private var running = 0
    private var queued = Fifo<SimulatedRun>()

    init(_ cluster: Cluster) {
        self.cluster = cluster
        cores = Cores(cluster.shape.nodeCores, cluster.events, hour: cluster.hour)
        func flusher(_ purpose: Purpose) -> Flusher { Flusher(cluster.server, limit: cluster.shape.batchLimit, for: purpose) }
        tasks = [flusher(.tasks), flusher(.tasks)]
        traces = [flusher(.traces), flusher(.traces)]
        instances = flusher(.runs)
    }

    /// Tasks in a batch, on average.
    var batches: (count: Int, records: Int) { (tasks.reduce(0) { $0 + $1.batches }, tasks.reduce(0) { $0 + $1.records }) }

    func assign(_ run: SimulatedRun) {
        assigned.append(run)
        owned += 1
    }

    /// Reads what a hint has named or, at a poll, all that the node owns. What comes meanwhile is one further look.
    func take(all: Bool = false) {
        guard !isTaking else { return isHinted = true }
        (isTaking, isHinted) = (true, false)
        let new = assigned
        assigned = []
        let listed = Double(all ? owned : new.count)
        cluster.server.read(cluster.costs.readRun * listed, for: all ? .leasesAndPolls : .runs) { [self] in
            cores.work(cluster.costs.decode * listed) { [self] in
                for run in new { begin(run) }
                isTaking = false
                if isHinted { take() }
            }
        }
    }

    private func begin(_ run: SimulatedRun) {
        cluster.events.after(Self.lazy) { [self] in
            if !run.isOver { instances.put(cluster.costs.updateRun) {} }
        }
        beginLayer(run)
    }

    private func beginLayer(_ run: SimulatedRun) {
        run.left = run.layers[run.layer]
        for _ in 0..<run.left {
            if running < cluster.shape.concurrentTasks { start(run) } else { queued.append(run) }
        }
    }

    private func start(_ run: SimulatedRun) {
        running += 1
        let began = cluster.events.now
        cores.work(cluster.costs.task) { [self] in
            let now = cluster.events.now
            if run.layer == 0 { cluster.submitToFirst.add(now - run.submitted) } else { cluster.hop.add(now - run.lastEnd) }
            act(run, began)
        }
    }

    /// The action itself: what lasts longer than 100 ms is written as running before, and as ended by an update.
    private func act(_ run: SimulatedRun, _ began: Double) {
        let shard = run.number % 2
        let mean = cluster.shape.taskDuration
        let duration = mean > 0 ? -mean * log(Double.random(in: 1e-12...1, using: &cluster.random)) : 0
        let isTraced = Double.random(in: 0..<1, using: &cluster.random) < cluster.shape.tracedShare
        let isLong = duration > Self.lazy
        if isLong {
            if isTraced { traces[shard].put(cluster.costs.insertTrace) {} }
            cluster.events.after(Self.lazy) { [self] in tasks[shard].put(cluster.costs.insertTask) {} }
        }
        cluster.events.after(duration) { [self] in
            run.lastEnd = cluster.events.now
            running -= 1
            cluster.placesUsed.add(cluster.events.now - began, at: began)
            if let next = queued.popFirst() { start(next) }
            let cost = isLong ? cluster.costs.updateTask : cluster.costs.insertTask
            let record = { [self] in tasks[shard].put(cost) { [self] in durable(run) } }
            // What a short task said is durable before its end is written.
            if isTraced && !isLong { traces[shard].put(cluster.costs.insertTrace, then: record) } else { record() }
        }
    }

    private func durable(_ run: SimulatedRun) {
        cluster.durable.add(1, at: cluster.events.now)
        run.left -= 1
        guard run.left == 0 else { return }
        run.layer += 1
        if run.layer < run.layers.count { return beginLayer(run) }
        run.isOver = true
        instances.put(cluster.costs.updateRun) { [self] in owned -= 1 }
    }

    /// How long a task or run must last to be written as running.
    private static let lazy = 0.1
}

/// The cluster, and what it is given to do.
package struct ClusterShape: Sendable, Hashable {
    package var nodes = 200
    package var nodeCores = 4
    package var serverCores = 16
    package var members = 3
    /// Collections of hints. With one, every hint makes the server look at every node's cursor. With more, each node listens to one of them, and the leader to one of its own (not built).
    package var signalCollections = 1
    package var lease = 5.0
    package var pollInterval = 15.0
    /// How long the server keeps a listener waiting before it answers with nothing.
    package var awaitTime = 15.0
    package var concurrentTasks = 256
    package var batchLimit = 1_000

    package var tasksPerDay = 10e6
    /// The busiest moment's rate by the day's mean.
    package var peakFactor = 4.0
    /// Mean of an exponential distribution, in seconds; 0 for tasks that do nothing.
    package var taskDuration = 0.5
    /// The share of tasks that say something.
    package var tracedShare = 0.5
    /// The share of runs that are not chains of ten but one task, eight beside each other and one.
    package var wideShare = 0.3
    /// How many runs a burst submits in one call, and the share of all runs that come so.
    package var burst = 200
    package var burstShare = 0.2
    /// Runs that a node owns at once.
    package var capacity = 1_000
    package var seed: UInt64 = 1

    package init() {}

    /// Tasks of a run, of either shape.
    static let tasksPerRun = 10

    /// The layers of a run, each as wide as it says; a layer begins when the one before it is durable.
    static func layers(isWide: Bool) -> [Int] { isWide ? [1, 8, 1] : Array(repeating: 1, count: tasksPerRun) }

    /// How old the leader's picture of the nodes may be when it gives something out, in seconds.
    var watchInterval: Double { min(max(lease / 6, 0.1), 1) }
}

/// What things cost, in seconds unless it says otherwise. The defaults are measured on two cores of an AMD EPYC with MongoDB 6.0.5, unless it says "estimate".
package struct Costs: Sendable, Hashable {
    // The server's processor.
    /// A command that reads, without what it finds.
    package var readCommand = 55e-6
    /// A command that writes and waits until it is durable, without what it writes and without the journal.
    package var writeCommand = 140e-6
    /// What the server does for one write of the journal, however many commands wait for it.
    package var sync = 300e-6
    /// The same again for each secondary that fetches the oplog after it (estimate).
    package var syncPerSecondary = 100e-6
    /// Each record that each secondary fetches (estimate).
    package var recordPerSecondary = 1e-6
    package var insertTask = 8.5e-6
    package var updateTask = 33e-6
    package var insertRun = 12e-6
    package var updateRun = 53e-6
    package var insertTrace = 8.5e-6
    /// A run in a page of runs.
    package var readRun = 5e-6
    /// An owned run as the leader's look reads it.
    package var readOwned = 2.4e-6
    /// A node as the leader's look reads it.
    package var readNode = 2e-6
    /// A renewal of a lease, beside the command's own cost.
    package var renewal = 100e-6
    /// Waking one listener that the hint is for.
    package var wake = 80e-6
    /// Waking one listener that the hint is not for: the server looks and lets it wait on.
    package var wakeInVain = 30e-6

    // Disk and network.
    /// One write of the journal.
    package var journal = 0.3e-3
    /// From the primary's journal to the majority's acknowledgement (estimate).
    package var majority = 0.7e-3
    /// Between two machines and back (estimate).
    package var roundTrip = 0.25e-3
    /// Bytes of the journal for each record written, and for each command.
    package var journalBytesPerRecord = 200.0
    package var journalBytesPerCommand = 600.0
    /// Bytes a second that the journal's disk takes (estimate).
    package var journalBandwidth = 500e6

    // Nodes.
    /// A node's processor for a task.
    package var task = 16e-6
    /// The leader's processor for a run or node that it reads (estimate).
    package var decode = 5e-6
    /// The leader's choice of a node for one run, for each node that it compares.
    package var choice = 0.06e-6

    package init() {}

    /// The same with all times of the server's processor multiplied.
    package func scaled(server factor: Double) -> Costs {
        var costs = self
        let times: [WritableKeyPath<Costs, Double>] = [
            \.readCommand, \.writeCommand, \.sync, \.syncPerSecondary, \.recordPerSecondary, \.insertTask, \.updateTask, \.insertRun,
            \.updateRun, \.insertTrace, \.readRun, \.readOwned, \.readNode, \.renewal, \.wake, \.wakeInVain,
        ]
        for time in times { costs[keyPath: time] *= factor }
        return costs
    }
}

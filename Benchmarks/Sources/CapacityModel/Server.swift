/// The primary of a replica set: a processor, a journal that all who wait share, and listeners that hints wake.
final class Server {
    /// What a command writes.
    struct Write {
        /// The server's time for the records themselves.
        var seconds: Double
        var records: Int
    }

    let cores: Cores
    private(set) var journalBytes: Timeline
    private(set) var commands: Timeline
    /// Seconds of the processor, by purpose.
    private(set) var spent: [Purpose: Double] = [:]
    private let events: EventQueue
    private let costs: Costs
    private let secondaries: Double
    private var isSyncing = false
    private var unsynced: (bytes: Double, then: [() -> Void]) = (0, [])

    init(_ shape: ClusterShape, _ costs: Costs, _ events: EventQueue, hour: Double) {
        self.events = events
        self.costs = costs
        secondaries = Double(max(shape.members - 1, 0))
        cores = Cores(shape.serverCores, events, hour: hour)
        journalBytes = Timeline(hour: hour)
        commands = Timeline(hour: hour)
    }

    func work(_ seconds: Double, for purpose: Purpose, then: @escaping () -> Void) {
        spent[purpose, default: 0] += seconds
        cores.work(seconds, then: then)
    }

    /// A command that reads; `then` is when the answer has arrived.
    func read(_ seconds: Double, for purpose: Purpose, then: @escaping () -> Void) {
        commands.add(1, at: events.now)
        events.after(costs.roundTrip / 2) { [self] in
            work(costs.readCommand + seconds, for: purpose) { [self] in events.after(costs.roundTrip / 2, then) }
        }
    }

    /// A command that writes; `then` is when the caller knows that it is durable.
    func write(_ write: Write, for purpose: Purpose, isDurable: Bool = true, then: @escaping () -> Void) {
        commands.add(1, at: events.now)
        let seconds = costs.writeCommand + write.seconds + Double(write.records) * secondaries * costs.recordPerSecondary
        events.after(costs.roundTrip / 2) { [self] in
            work(seconds, for: purpose) { [self] in
                guard isDurable else { return events.after(costs.roundTrip / 2, then) }
                unsynced.bytes += costs.journalBytesPerCommand + costs.journalBytesPerRecord * Double(write.records)
                unsynced.then.append { [self] in events.after(costs.roundTrip / 2, then) }
                sync()
            }
        }
    }

    /// Who comes while the journal is being written waits for the next time.
    private func sync() {
        guard !isSyncing, !unsynced.then.isEmpty else { return }
        isSyncing = true
        let (bytes, done) = unsynced
        unsynced = (0, [])
        journalBytes.add(bytes, at: events.now)
        work(costs.sync + secondaries * costs.syncPerSecondary, for: .journal) { [self] in
            events.after(costs.journal + bytes / costs.journalBandwidth) { [self] in
                isSyncing = false
                sync()
                let majority = secondaries > 0 ? costs.majority : 0
                events.after(majority) { for then in done { then() } }
            }
        }
    }
}

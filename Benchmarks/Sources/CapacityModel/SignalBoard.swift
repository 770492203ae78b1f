/// One collection of hints and those who listen to it. Hints that come while listeners are being woken are delivered together with the next.
final class SignalBoard {
    private let listeners: Int
    private let server: Server
    private let costs: Costs
    private let events: EventQueue
    private let onHint: (Int) -> Void
    private var isWaking = false
    private var targets: Set<Int> = []

    /// - Parameter onHint: called with the number of a listener that a hint is for.
    init(listeners: Int, _ server: Server, _ costs: Costs, _ events: EventQueue, onHint: @escaping (Int) -> Void) {
        self.listeners = listeners
        self.server = server
        self.costs = costs
        self.events = events
        self.onHint = onHint
    }

    /// - Parameter hints: whom they are for.
    func put(_ hints: [Int]) {
        server.write(Server.Write(seconds: costs.insertTrace * Double(hints.count), records: hints.count), for: .hints, isDurable: false) {
            [self] in
            targets.formUnion(hints)
            wake()
        }
    }

    /// The server wakes the waiting request of each listener to see whether the hint is for it, those in vain too.
    private func wake() {
        guard !isWaking, !targets.isEmpty else { return }
        isWaking = true
        let wanted = Dictionary(grouping: targets.sorted()) { $0 / Self.share }
        targets = []
        let shares = (listeners + Self.share - 1) / Self.share
        var left = shares
        for share in 0..<shares {
            let woken = wanted[share] ?? []
            let inVain = min(Self.share, listeners - share * Self.share) - woken.count
            server.work(costs.wake * Double(woken.count) + costs.wakeInVain * Double(inVain), for: .hints) { [self] in
                if !woken.isEmpty { events.after(costs.roundTrip / 2) { [self] in woken.forEach(onHint) } }
                left -= 1
                guard left == 0 else { return }
                // Nobody is woken again before he has asked again.
                events.after(costs.roundTrip) { [self] in
                    isWaking = false
                    wake()
                }
            }
        }
    }

    /// How many listeners are one piece of the server's work.
    private static let share = 25
}

/// A processor: so many cores, one queue, first come, first served.
final class Cores {
    private let events: EventQueue
    private let count: Int
    private var busy = 0
    private var waiting = Fifo<(seconds: Double, then: () -> Void)>()
    /// Seconds of work.
    private(set) var used: Timeline

    init(_ count: Int, _ events: EventQueue, hour: Double) {
        self.count = count
        self.events = events
        used = Timeline(hour: hour)
    }

    var utilization: Utilization { Utilization(mean: used.mean / Double(count), peak: used.peak / Double(count)) }

    /// Works for so long, as soon as a core is free.
    func work(_ seconds: Double, then: @escaping () -> Void) {
        guard busy < count else { return waiting.append((seconds, then)) }
        busy += 1
        start(seconds, then)
    }

    private func start(_ seconds: Double, _ then: @escaping () -> Void) {
        used.add(seconds, at: events.now)
        events.after(seconds) { [self] in
            if let next = waiting.popFirst() { start(next.seconds, next.then) } else { busy -= 1 }
            then()
        }
    }
}

/// How much of a resource is in use, as a share.
package struct Utilization: Sendable, Hashable {
    package var mean: Double
    /// In the busiest hour.
    package var peak: Double
}

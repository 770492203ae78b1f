import HeapModule
import Synchronization
import Workflow

/// When something is due, earliest first; of what is due at one moment, first come first.
struct DueQueue<Element> {
    private struct Entry: Comparable {
        var due: ContinuousClock.Instant
        var ticket: UInt64
        var element: Element

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.ticket) < (right.due, right.ticket) }
        static func == (left: Entry, right: Entry) -> Bool { left.ticket == right.ticket }
    }

    private var heap = Heap<Entry>()
    private var lastTicket: UInt64 = 0

    var count: Int { heap.count }
    var nextDue: ContinuousClock.Instant? { heap.min?.due }

    mutating func put(_ element: Element, due: ContinuousClock.Instant) {
        lastTicket += 1
        heap.insert(Entry(due: due, ticket: lastTicket, element: element))
    }

    /// Takes the first, if it is due.
    mutating func take(until now: ContinuousClock.Instant) -> Element? {
        guard let first = heap.min, first.due <= now else { return nil }
        return heap.removeMin().element
    }

    /// Keeps only some.
    mutating func keep(where isWanted: (Element, ContinuousClock.Instant) -> Bool) {
        heap = Heap(heap.unordered.filter { isWanted($0.element, $0.due) })
    }
}

/// Tells runs that a time which they wait for has come.
///
/// Each run has at most one entry that counts, its next; what a run waits for later it keeps itself, so that all of it is gone with the run.
final class Alarms: Sendable {
    private struct State {
        /// The next moment of each run that waits for one.
        var next: [ObjectIdentifier: ContinuousClock.Instant] = [:]
        var queue = DueQueue<LiveRun>()
    }

    private let state = Mutex(State())
    private let wake: WakeSignal
    private let host: any Host

    init(host: any Host) {
        self.host = host
        wake = WakeSignal(host)
    }

    /// Sets the next moment of a run; `nil` where it waits for none any more.
    func set(_ run: LiveRun, _ due: ContinuousClock.Instant?) {
        let id = ObjectIdentifier(run)
        let isFirst = state.withLock { state in
            guard state.next[id] != due else { return false }
            state.next[id] = due
            let isFirst = due.map { due in state.queue.nextDue.map { due < $0 } ?? true } ?? false
            if let due { state.queue.put(run, due: due) }
            // What was set anew or is over stays behind until there is more of it than of the rest.
            if state.queue.count > 2 * state.next.count + 64 {
                let next = state.next
                state.queue.keep { next[ObjectIdentifier($0)] == $1 }
            }
            return isFirst
        }
        if isFirst { wake.raise() }
    }

    /// Tells until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let now = host.now
            while let run = takeDue(now) { run.ring() }
            await wake.wait(until: state.withLock { $0.queue.nextDue })
        }
    }

    private func takeDue(_ now: ContinuousClock.Instant) -> LiveRun? {
        state.withLock { state in
            while let run = state.queue.take(until: now) {
                let id = ObjectIdentifier(run)
                guard let due = state.next[id], due <= now else { continue }
                state.next[id] = nil
                return run
            }
            return nil
        }
    }
}

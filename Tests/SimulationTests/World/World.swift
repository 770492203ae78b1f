import TestSupport

/// Time, chance and order of a simulated cluster: one thread, one queue of events, one source of random numbers. The same seed gives the same history, to the last event.
///
/// `@unchecked Sendable`: a world and all that belongs to it is used by the one thread that runs it.
final class World: @unchecked Sendable {
    typealias Token = Int

    private struct Event {
        var time: Int64
        var token: Token
    }

    /// True time since the world began, in nanoseconds. Nobody in it can read it; machines have clocks of their own.
    private(set) var time: Int64 = 0
    var random: SeededGenerator
    let history: History
    private var heap: [Event] = []
    private var actions: [Token: () -> Void] = [:]
    private var lastToken = 0
    private(set) var machines: [Machine] = []
    /// Jobs run and events that happened.
    private(set) var steps = 0

    init(seed: UInt64, history: History) {
        random = SeededGenerator(seed: seed)
        self.history = history
    }

    func add(_ machine: Machine) { machines.append(machine) }

    func remove(_ machine: Machine) { machines.removeAll { $0 === machine } }

    // MARK: Chance

    func chance(_ probability: Double) -> Bool { probability > 0 && number(0...1) < probability }

    func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(random.next() >> 11) / Double(1 << 53))
    }

    func index(below count: Int) -> Int { Int(random.next() % UInt64(max(count, 1))) }

    /// A duration in nanoseconds between two, most of them near the lower end.
    func latency(_ from: Double, _ to: Double) -> Int64 {
        let skewed = number(0...1)
        return Int64((from + (to - from) * skewed * skewed * skewed) * 1_000_000_000)
    }

    // MARK: Events

    func token() -> Token {
        lastToken += 1
        return lastToken
    }

    @discardableResult
    func after(_ delay: Int64, _ action: @escaping () -> Void) -> Token { at(time + max(delay, 0), action) }

    @discardableResult
    func at(_ time: Int64, _ action: @escaping () -> Void) -> Token {
        let token = token()
        actions[token] = action
        push(Event(time: max(time, self.time), token: token))
        return token
    }

    func cancel(_ token: Token) { actions[token] = nil }

    // MARK: Running

    /// Runs until `isOver` says so, nothing is left to happen, or true time has passed `limit`.
    func run(until limit: Int64, stepLimit: Int = 2_000_000, isOver: () -> Bool) {
        while steps < stepLimit, !isOver() {
            if runOneJob() { continue }
            guard let event = pop() else { return }
            guard event.time <= limit else {
                push(event)
                return
            }
            time = event.time
            guard let action = actions.removeValue(forKey: event.token) else { continue }
            steps += 1
            action()
        }
    }

    /// Lets one machine, chosen by chance, do one job.
    private func runOneJob() -> Bool {
        var ready = 0
        for machine in machines where machine.canRun { ready += 1 }
        guard ready > 0 else { return false }
        var chosen = ready == 1 ? 0 : index(below: ready)
        for machine in machines where machine.canRun {
            if chosen == 0 {
                steps += 1
                machine.runOneJob()
                return true
            }
            chosen -= 1
        }
        return false
    }

    // MARK: The heap

    private static func isBefore(_ left: Event, _ right: Event) -> Bool {
        left.time != right.time ? left.time < right.time : left.token < right.token
    }

    private func push(_ event: Event) {
        heap.append(event)
        var child = heap.count - 1
        while child > 0, Self.isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func pop() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && Self.isBefore(heap[child], heap[least]) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// What happened, for people; kept only where somebody asked for it, since a history is run again to be read.
final class History {
    private(set) var lines: [String] = []
    /// A sum over everything that happened.
    private(set) var digest: UInt64 = 14_695_981_039_346_656_037
    let isKept: Bool

    init(isKept: Bool) { self.isKept = isKept }

    func note(_ time: Int64, _ who: String, _ what: String, _ details: @autoclosure () -> String = "") {
        mix(UInt64(bitPattern: time))
        for byte in who.utf8 { mix(UInt64(byte)) }
        for byte in what.utf8 { mix(UInt64(byte)) }
        guard isKept else { return }
        lines.append("\(Self.stamp(time))  \(who)  \(what) \(details())")
    }

    /// Adds a line that does not count for the digest.
    func say(_ time: Int64, _ who: String, _ what: String) {
        if isKept { lines.append("\(Self.stamp(time))  \(who)  \(what)") }
    }

    private static func stamp(_ time: Int64) -> String {
        let microseconds = String(time / 1_000 % 1_000)
        let text = "\(time / 1_000_000)." + String(repeating: "0", count: 3 - microseconds.count) + microseconds
        return String(repeating: " ", count: max(0, 10 - text.count)) + text + " ms"
    }

    /// FNV-1a (G. Fowler, L. Noll, K.-P. Vo).
    private func mix(_ value: UInt64) { digest = (digest ^ value) &* 1_099_511_628_211 }
}

import Synchronization
import Workflow

/// The part of mutexes that stays inside of a process: calls for one key stand in one line, first come, first served, and only the first asks the store.
///
/// Whoever has the turn keeps it until it has given the mutex back, so that two of one process never work at once, not even while one that has lost the mutex still winds down.
public final class LocalMutexes: Sendable {
    /// What a call that wants to go on is told.
    enum Entry: Sendable {
        /// It is its turn: it may ask the store.
        case turn
        /// Its identity has the mutex already.
        case joined(Holding)
        /// Others are before.
        case busy
        /// Too many wait.
        case full
    }

    private struct Waiter {
        var ticket: UInt64
        var identity: MutexIdentity
        var continuation: CheckedContinuation<Entry, Never>?
    }

    /// The line for one key. It exists while somebody has the turn.
    private struct Line {
        let wake: WakeSignal
        var holding: Holding?
        var seen: Seen?
        var waiters: [Waiter] = []
    }

    /// What the store last said about a lock that somebody else has.
    struct Seen: Sendable {
        var status: LockStatus
        var at: ContinuousClock.Instant
    }

    private struct State {
        var lines: [String: Line] = [:]
        var nextTicket: UInt64 = 0
        /// Answers to those that have not begun to wait for one yet.
        var answers: [UInt64: Entry] = [:]
        var isListening = false
    }

    /// How many may wait for one key.
    static let limit = 10_000

    let host: any Host
    private let state = Mutex(State())

    /// - Parameter host: the clock and chance by which this process waits, renews and trusts.
    public init(host: any Host = SystemHost()) { self.host = host }

    // MARK: The line

    /// Goes in at once, or not at all.
    func enterIfFree(_ key: String, as identity: MutexIdentity) -> Entry {
        state.withLock { state in Self.enter(key, identity, host, &state) }
    }

    /// Stands in line until it is the caller's turn, the deadline passes, or the task is cancelled (`.busy`).
    func enter(_ key: String, as identity: MutexIdentity, until deadline: ContinuousClock.Instant) async -> Entry {
        let (entry, ticket): (Entry?, UInt64) = state.withLock { state in
            let entry = Self.enter(key, identity, host, &state)
            guard case .busy = entry else { return (entry, 0) }
            guard state.lines[key, default: Line(wake: WakeSignal(host))].waiters.count < Self.limit else { return (.full, 0) }
            state.nextTicket += 1
            state.lines[key]?.waiters.append(Waiter(ticket: state.nextTicket, identity: identity))
            return (nil, state.nextTicket)
        }
        if let entry { return entry }
        return await withTaskGroup(of: Entry.self) { group in
            group.addTask { await self.answer(to: ticket, key) }
            group.addTask { [host] in
                try? await host.sleep(until: deadline)
                return .busy
            }
            var result = Entry.busy
            // Both are waited for: the answer may come in the moment in which the time is up.
            while let entry = await group.next() {
                if case .busy = entry {} else { result = entry }
                group.cancelAll()
            }
            return result
        }
    }

    private static func enter(_ key: String, _ identity: MutexIdentity, _ host: any Host, _ state: inout State) -> Entry {
        guard let line = state.lines[key] else {
            state.lines[key] = Line(wake: WakeSignal(host))
            return .turn
        }
        if let holding = line.holding, holding.identity == identity, holding.join() { return .joined(holding) }
        return .busy
    }

    private func answer(to ticket: UInt64, _ key: String) async -> Entry {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Entry? = state.withLock { state in
                    if let answer = state.answers.removeValue(forKey: ticket) { return answer }
                    guard let index = state.lines[key]?.waiters.firstIndex(where: { $0.ticket == ticket }) else { return .busy }
                    if Task.isCancelled {
                        state.lines[key]?.waiters.remove(at: index)
                        return .busy
                    }
                    state.lines[key]?.waiters[index].continuation = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.lines[key]?.waiters.firstIndex(where: { $0.ticket == ticket && $0.continuation != nil }) else {
                    return nil
                }
                return state.lines[key]?.waiters.remove(at: index)
            }
            waiter?.continuation?.resume(returning: .busy)
        }
    }

    /// Whoever has the turn has got the mutex; those of the same identity that wait behind it come in.
    func granted(_ holding: Holding) {
        let woken = state.withLock { state -> [CheckedContinuation<Entry, Never>] in
            state.lines[holding.key]?.holding = holding
            let waiting = state.lines[holding.key]?.waiters ?? []
            let joining = waiting.filter { $0.identity == holding.identity && holding.join() }
            guard !joining.isEmpty else { return [] }
            let tickets = Set(joining.map(\.ticket))
            state.lines[holding.key]?.waiters.removeAll { tickets.contains($0.ticket) }
            return joining.compactMap { Self.tell($0, .joined(holding), &state) }
        }
        for continuation in woken { continuation.resume(returning: .joined(holding)) }
    }

    /// Gives the turn to the next in line.
    func leave(_ key: String) {
        let next = state.withLock { state -> CheckedContinuation<Entry, Never>? in
            guard var line = state.lines[key], !line.waiters.isEmpty else {
                state.lines[key] = nil
                return nil
            }
            line.holding = nil
            let first = line.waiters.removeFirst()
            state.lines[key] = line
            return Self.tell(first, .turn, &state)
        }
        next?.resume(returning: .turn)
    }

    /// - Returns: whom to wake with the answer; where the waiter does not wait yet it is kept for it.
    private static func tell(_ waiter: Waiter, _ entry: Entry, _ state: inout State) -> CheckedContinuation<Entry, Never>? {
        if waiter.continuation == nil { state.answers[waiter.ticket] = entry }
        return waiter.continuation
    }

    // MARK: Hints

    /// A lock may be free: whoever asks for it here asks now. `nil`: any lock.
    public func unlocked(_ key: String?) {
        let signals = state.withLock { state in
            guard let key else { return state.lines.sorted { $0.key < $1.key }.map(\.value.wake) }
            return state.lines[key].map { [$0.wake] } ?? []
        }
        for signal in signals { signal.raise() }
    }

    /// Waits until a hint comes for the key or the deadline passes. For whoever has the turn.
    func waitForHint(_ key: String, until deadline: ContinuousClock.Instant) async {
        await state.withLock { $0.lines[key]?.wake }?.wait(until: deadline)
    }

    /// Somebody is about to pass on hints to `unlocked(_:)`; one is enough for a process.
    /// - Returns: whether nobody did yet.
    func beginListening() -> Bool {
        state.withLock { state in
            defer { state.isListening = true }
            return !state.isListening
        }
    }

    /// Whoever passed on hints has stopped. All others that wait look once, and the first of them takes over.
    func endListening() {
        state.withLock { $0.isListening = false }
        unlocked(nil)
    }

    // MARK: What is known

    /// Keeps what the store said.
    func note(_ key: String, _ status: LockStatus) {
        state.withLock { $0.lines[key]?.seen = Seen(status: status, at: host.now) }
    }

    /// Who has the mutex, here or elsewhere, and for how long still, as far as this process knows.
    func holder(of key: String) -> (owner: LockOwner, secondsLeft: Double)? {
        let now = host.now
        return state.withLock { state in
            if let holding = state.lines[key]?.holding { return (holding.owner, (holding.trustEnds - now).fractional) }
            guard let seen = state.lines[key]?.seen, let owner = seen.status.owner else { return nil }
            return (owner, seen.status.secondsLeft - (now - seen.at).fractional)
        }
    }

    /// How many wait for a key behind the one who has the turn.
    func waiting(for key: String) -> Int { state.withLock { $0.lines[key]?.waiters.count ?? 0 } }
}

extension Duration {
    /// This duration in seconds.
    fileprivate var fractional: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

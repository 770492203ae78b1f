import Engine
import TestSupport

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The primary of a replica set: what it has, how much of that the majority has, and its clock.
///
/// A write changes what the primary has at once, document by document; reads see what the majority has; an answer to a write goes out when the majority has it. A failover keeps what
/// was acknowledged, and any part of the rest.
///
/// `@unchecked Sendable`: see `World`.
final class Server: @unchecked Sendable {
    /// A document that a write may have changed.
    enum Place: Hashable {
        case instance(String)
        case task(String)
        case command(String)
        case trace(String)
        case node(String)
        case lease
        case lock(String)
    }

    private struct Pending {
        var place: Place
        var state: MemoryState
    }

    let world: World
    private(set) var state: MemoryState
    private(set) var committed: MemoryState
    /// Writes that the majority does not have yet, in order.
    private var pending: [Pending] = []
    private var lastWrite = 0
    private var lastCommitted = 0
    private var waiting: [(write: Int, answer: (Bool) -> Void)] = []
    /// How far its clock is from true time, in nanoseconds.
    var clockOffset: Int64 = 0
    /// Whether it is still the primary: one that is not keeps nothing and knows nothing new.
    private(set) var isPrimary = true
    /// While a new primary is being elected, nobody is answered.
    var isElecting = false
    /// Called for each write as the majority has it, with the states before and after.
    var onCommit: (Place, MemoryState, MemoryState) -> Void = { _, _, _ in }

    init(world: World, state: MemoryState) {
        self.world = world
        self.state = state
        committed = state
    }

    static func date(_ nanoseconds: Int64) -> Date {
        Date(timeIntervalSince1970: 1_700_000_000 + (Double(nanoseconds / 1_000_000) / 1_000))
    }

    /// The server's clock, in milliseconds as MongoDB's dates are.
    var now: Date { Self.date(world.time + clockOffset) }

    // MARK: Writing

    func write(_ place: Place, _ change: (inout MemoryState) -> Void) {
        change(&state)
        lastWrite += 1
        pending.append(Pending(place: place, state: state))
        let write = lastWrite
        guard isPrimary else { return }
        let lag = world.chance(0.02) ? world.latency(0.01, 1.5) : world.latency(0.0003, 0.004)
        world.after(lag) { self.commit(upTo: write) }
    }

    /// Calls back when the majority has all that is written now; with `false` where it never will.
    func whenCommitted(_ answer: @escaping (Bool) -> Void) {
        if lastCommitted >= lastWrite, isPrimary { return answer(true) }
        waiting.append((lastWrite, answer))
    }

    private func commit(upTo write: Int) {
        guard isPrimary else { return }
        while lastCommitted < write, !pending.isEmpty {
            let next = pending.removeFirst()
            lastCommitted += 1
            let before = committed
            committed = next.state
            onCommit(next.place, before, committed)
        }
        let done = waiting.prefix { $0.write <= lastCommitted }
        waiting.removeFirst(done.count)
        for waiter in done { waiter.answer(true) }
    }

    // MARK: Failing over

    /// Another member becomes the primary: it has all that the majority has, and by chance some of the rest.
    /// - Returns: the new primary. This one is left behind with what it has.
    func failOver(newClockOffset: Int64) -> Server {
        let kept = pending.isEmpty ? 0 : world.index(below: pending.count + 1)
        commit(upTo: lastCommitted + kept)
        let next = Server(world: world, state: committed)
        next.clockOffset = newClockOffset
        next.onCommit = onCommit
        isPrimary = false
        let unanswered = waiting
        waiting = []
        for waiter in unanswered { waiter.answer(false) }
        return next
    }
}

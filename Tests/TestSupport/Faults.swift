import Engine

/// What goes wrong between a node and its backend: calls that fail before or after they took effect, calls that hang, and a cut connection.
public final class Faults: Sendable {
    /// What a wrapped store and keeper can be asked.
    public enum Verb: String, Hashable, Sendable, CaseIterable {
        case apply, keepVersions, dag, dags, dagVersion, submit, instance, instances, tasks, traces
        case setDagState, revisions, pausedDags, pools, activeRuns, waitingRuns
        case due, amend, instancesByID, submitCommand, command, commands, openCommands, settle
        case pending, owned, assign, assigned, claimAgain, raiseTasks, record
        case join, renew, drain, resume, leave, nodes, declareDead, campaign, resign, leader
        case acquireLock, renewLock, releaseLock, forceReleaseLock, locks
    }

    /// When a call fails.
    public enum Moment: Hashable, Sendable {
        /// Nothing happened, but the caller cannot know.
        case before
        /// It happened, and the answer is lost.
        case after
    }

    /// Calls that wait until they are let go.
    public struct Hold: Sendable {
        fileprivate let state = Watched((waiting: 0, isOpen: false))

        /// Waits until a call hangs.
        public func arrival() async throws { try await state.wait(for: "a call to arrive at the hold") { $0.waiting > 0 } }

        /// Lets all calls go on, those to come as well.
        public func release() { state.change { $0.isOpen = true } }

        fileprivate func pass() async throws {
            state.change { $0.waiting += 1 }
            try await state.wait(for: "the hold to be released", within: .seconds(3_600)) { $0.isOpen }
        }
    }

    private struct State: Sendable {
        var counts: [Verb: Int] = [:]
        var failures: [Verb: [Int: Moment]] = [:]
        var holds: [Verb: Hold] = [:]
        var isCut = false
    }

    private let state = Watched(State())

    public init() {}

    /// Lets the `call`th call of a verb from now on fail.
    public func fail(_ verb: Verb, call: Int = 1, _ moment: Moment) {
        state.change { $0.failures[verb, default: [:]][($0.counts[verb] ?? 0) + call] = moment }
    }

    /// Lets calls of a verb hang, before they take effect, until the hold is released.
    public func hold(_ verb: Verb) -> Hold {
        let hold = Hold()
        state.change { $0.holds[verb] = hold }
        return hold
    }

    /// From now on every call fails, those under way too.
    public func cut() { state.change { $0.isCut = true } }

    /// Calls arrive again.
    public func heal() { state.change { $0.isCut = false } }

    /// How many calls of a verb there have been.
    public func count(_ verb: Verb) -> Int { state.value.counts[verb] ?? 0 }

    /// Waits until a verb has been called this many times.
    public func wait(for verb: Verb, calls: Int) async throws {
        try await state.wait(for: "\(calls) calls of \(verb)") { ($0.counts[verb] ?? 0) >= calls }
    }

    func around<R: Sendable>(_ verb: Verb, _ body: () async throws -> R) async throws -> R {
        let (moment, hold) = state.change { state in
            let number = (state.counts[verb] ?? 0) + 1
            state.counts[verb] = number
            return (state.failures[verb]?.removeValue(forKey: number), state.holds[verb])
        }
        try await hold?.pass()
        if moment == .before || state.value.isCut { throw Self.lost(verb) }
        let result = try await body()
        if moment == .after || state.value.isCut { throw Self.lost(verb) }
        return result
    }

    private static func lost(_ verb: Verb) -> StoreError {
        StoreError(.unavailable, "the connection was lost during '\(verb.rawValue)'", outcome: .unknown)
    }
}

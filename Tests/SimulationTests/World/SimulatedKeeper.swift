import Engine
import TestSupport

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keeper as a machine sees it.
struct SimulatedKeeper: Keeper {
    let machine: Machine
    let network: Network
    let mutation: Mutation?
    let observer: Observer
    let localMutexes: LocalMutexes
    /// What this machine saw first, for a leader that never looks again.
    private let seen = Box<[NodeStatus]>()

    init(machine: Machine, network: Network, mutation: Mutation?, observer: Observer) {
        (self.machine, self.network, self.mutation, self.observer) = (machine, network, mutation, observer)
        localMutexes = LocalMutexes(host: machine)
    }

    func read<R: Sendable>(_ verb: String, _ body: @escaping (MemoryState, Date) -> R) async throws -> R {
        try await network.call(machine, verb, isWrite: false, steps: []) { body($0.committed, $0.now) }
    }

    func write<R: Sendable>(
        _ verb: String, _ place: Server.Place, judgesExpiry: Bool = true, _ change: @escaping (inout MemoryState, Date) -> R
    ) async throws -> R {
        let result = Box<R>()
        let step: Network.Step = { server in
            let now = mutation == .clientClockJudgesExpiry ? machine.wallClock : server.now
            server.write(place) { state in
                let before = state
                result.value = change(&state, now)
                if server.isPrimary { observer.kept(place, before, state, at: server.now) }
            }
        }
        let answer = try await network.call(
            machine, verb, isWrite: true, steps: [step], answersEarly: mutation == .doesNotWaitForTheMajority
        ) { _ in result.value }
        guard let answer else { throw StoreError(.unavailable, "the request was lost", outcome: .unknown) }
        return answer
    }

    // MARK: Node sessions

    func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        try await write("join", .node(node.key)) { [mutation] state, now in
            observer.joined(session, machine)
            if mutation == .joinIgnoresHolder { state.nodes[node.key]?.isAlive = false }
            let previous = mutation == .joinIgnoresPrevious || mutation == .joinIgnoresHolder ? state.nodes[node.key]?.session : previous
            return state.join(node, session: session, replacing: previous, ttl: stored(ttl), now: now)
        }
    }

    func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? {
        try await write("renew", .node(key)) { [mutation, observer] state, now in
            let before = state.nodes[key]
            if mutation == .renewalRevives, before?.session == session { state.nodes[key]?.isAlive = true }
            let wanted = mutation == .renewalIgnoresSession ? before?.session ?? session : session
            let renewed = state.renew(key: key, session: wanted, ttl: stored(ttl), now: now)
            if renewed != nil { observer.renewed(session, state.nodes[key]) }
            return renewed
        }
    }

    /// What the store keeps of a lease: shorter than the node trusts, in one of the mutations.
    private func stored(_ ttl: Duration) -> Duration { mutation == .leaseEndsBeforeTrust ? ttl * 2 / 3 : ttl }

    func drain(key: String, session: String) async throws -> Bool {
        try await write("drain", .node(key)) { state, _ in state.setDraining(true, key: key, session: session) }
    }

    func resume(key: String, session: String) async throws -> Bool {
        try await write("resume", .node(key)) { state, _ in state.setDraining(false, key: key, session: session) }
    }

    func leave(key: String, session: String) async throws {
        try await write("leave", .node(key)) { [mutation, observer] state, _ in
            let wanted = mutation == .leaveIgnoresSession ? state.nodes[key]?.session ?? session : session
            observer.leaves(session)
            state.leave(key: key, session: wanted)
        }
    }

    func nodes() async throws -> [NodeStatus] {
        if mutation == .leaderTrustsOldNodes {
            if let seen = seen.value { return seen }
            let first = try await read("nodes") { state, now in state.nodes(now: now) }
            seen.value = first
            return first
        }
        if mutation == .nodesReadFromSecondary, network.world.chance(0.5) {
            return try await read("nodes") { _, now in observer.earlierState.nodes(now: now) }
        }
        return try await read("nodes") { state, now in state.nodes(now: now) }
    }

    func declareDead(key: String, session: String) async throws -> Bool {
        try await write("declareDead \(key)", .node(key)) { [mutation] state, now in
            let wanted = mutation == .deathIgnoresSession ? state.nodes[key]?.session ?? session : session
            let isExpired = mutation == .deathIgnoresExpiry || mutation == .deathIgnoresSession
            return state.declareDead(key: key, session: wanted, now: isExpired ? .distantFuture : now)
        }
    }

    // MARK: The leader's lease

    func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        try await write("campaign", .lease) { [mutation] state, now in
            let before = state.lease
            if mutation == .campaignIgnoresExpiry { state.lease?.expires = .distantPast }
            let leadership = state.campaign(key: key, session: session, ttl: ttl, now: now)
            if mutation == .termStays, let before, before.session != state.lease?.session { state.lease?.term = before.term }
            return leadership
        }
    }

    func resign(session: String, term: Int64) async throws {
        try await write("resign", .lease) { [mutation, observer] state, now in
            let before = state.lease
            let holder = mutation == .resignIgnoresHolder ? (before?.session ?? session, before?.term ?? term) : (session, term)
            observer.resigns(session, before)
            state.resign(session: holder.0, term: holder.1, now: now)
        }
    }

    func leader() async throws -> Leadership? { try await read("leader") { state, now in state.leader(now: now) } }

    // MARK: Hints

    func signal(_ hints: [Hint]) async { network.signal(machine, hints) }

    func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        await network.listen(machine, session: session, onHint: onHint)
    }

    func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async {
        await network.listen(machine, session: nil, onHint: onHint)
    }
}

/// `@unchecked Sendable`: see `World`.
private final class Box<R>: @unchecked Sendable { var value: R? }

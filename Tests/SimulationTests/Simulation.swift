import Logging
import TestSupport
import Workflow

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs one scenario: the real nodes, with all that is in them, on simulated machines, network and server.
///
/// `@unchecked Sendable`: see `World`.
final class Simulation: @unchecked Sendable {
    struct Outcome: Sendable {
        var violations: [Observer.Violation]
        /// The same for the same scenario.
        var digest: UInt64
        var steps: Int
        var attempts: Int
        var repeats: Int
        var runs: Int
        var history: [String]
    }

    let scenario: Scenario
    let mutation: Mutation?
    let world: World
    let network: Network
    let observer: Observer
    let client: Machine
    private(set) var slots: [Slot] = []
    var wantsCalm = false
    private var isEnding = false
    private let isLogged: Bool

    /// A place for a node: the process that runs there now.
    ///
    /// `@unchecked Sendable`: see `World`.
    final class Slot: @unchecked Sendable {
        let key: String
        var machine: Machine?
        var stopping: StopRequest?
        init(key: String) { self.key = key }
    }

    static func run(_ scenario: Scenario, mutation: Mutation? = nil, keepsHistory: Bool = false) -> Outcome {
        Simulation(scenario, mutation, keepsHistory).run()
    }

    private init(_ scenario: Scenario, _ mutation: Mutation?, _ keepsHistory: Bool) {
        self.scenario = scenario
        self.mutation = mutation
        isLogged = keepsHistory
        let history = History(isKept: keepsHistory)
        world = World(seed: scenario.seed, history: history)
        observer = Observer(world: world, concurrentTasks: scenario.concurrentTasks)
        var state = MemoryState()
        state.keepsHistory = false
        for dag in scenario.dags { state.dagVersions[Dag.versionKey(id: dag.id, version: "1")] = dag }
        let server = Server(world: world, state: state)
        network = Network(world: world, primary: server, patience: scenario.ttl * 0.3...scenario.ttl * 1.5)
        client = Machine("client", world: world, server: server)
        server.onCommit = { [observer] in observer.committed($0, $1, $2) }
        observer.committed = { [network] in network.primary.committed }
    }

    // MARK: The course of a history

    private func run() -> Outcome {
        (network.loss, network.lateness, network.hintLoss) = (scenario.loss, scenario.lateness, scenario.hintLoss)
        network.areHintsLost = scenario.areHintsLost
        for number in 0..<scenario.nodes {
            let slot = Slot(key: "n\(number)")
            slots.append(slot)
            world.after(world.latency(0, scenario.ttl)) { self.start(slot) }
        }
        for run in scenario.runs { world.at(nanoseconds(run.at)) { self.submit(run) } }
        for (number, telling) in scenario.tellings.enumerated() { world.at(nanoseconds(telling.at)) { self.tell(telling, number: number) } }
        for fault in scenario.faults { world.at(nanoseconds(fault.at)) { self.happen(fault) } }
        network.lastWords = scenario.lastWords
        if mutation == .nodesReadFromSecondary { rememberNowAndThen() }
        world.at(nanoseconds(scenario.calm)) { self.calmDown() }
        // Long enough for a lease to run out twice and every task to run again, one after the other.
        let slack = scenario.isRich ? 1_500.0 : 0
        let patience = slack + scenario.calm + 8 * scenario.ttl + Double(scenario.runs.count * 6) * 4.5 + 30
        world.run(until: nanoseconds(patience)) { self.isDone }
        if world.steps >= 2_000_000 { observer.report("busy", "more than two million steps") }
        observer.checkEnd(network.primary.committed, scenario)
        endAll()
        return Outcome(
            violations: observer.violations, digest: world.history.digest, steps: world.steps, attempts: observer.attempts,
            repeats: observer.repeats, runs: scenario.runs.count, history: world.history.lines)
    }

    /// A process is gone, and started again after a while.
    func endOfProcess(_ machine: Machine, _ slot: Slot?, restartAfter length: Int64) {
        machine.kill()
        observer.died(machine)
        if let slot { world.after(length) { self.start(slot) } }
    }

    private func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1_000_000_000) }

    /// Everything was submitted and is over, and faults have stopped; or a promise was broken.
    private var isDone: Bool {
        if !observer.violations.isEmpty { return true }
        guard wantsCalm, observer.submitted.count == scenario.runs.count else { return false }
        let state = network.primary.committed
        guard state.instances.count >= scenario.runs.count, state.instances.values.allSatisfy(\.status.isFinal) else { return false }
        guard scenario.isRich else { return true }
        return world.time > nanoseconds(scenario.tellings.last?.at ?? 0) && observer.given == observer.kept
            && state.commands.values.allSatisfy(\.status.isSettled)
    }

    /// Stops all nodes gracefully: that has an end too.
    private func endAll() {
        isEnding = true
        for slot in slots { slot.stopping?.request() }
        if observer.violations.isEmpty {
            world.run(until: world.time + nanoseconds(scenario.ttl * 4 + 60)) { self.slots.allSatisfy { $0.machine?.hasEnded ?? true } }
            for slot in slots where !(slot.machine?.hasEnded ?? true) { observer.report("stop", "\(slot.key) did not end when told to") }
        }
        for machine in world.machines { machine.kill() }
    }

    private func rememberNowAndThen() {
        world.after(world.latency(0.05, 1)) {
            self.observer.remember()
            self.rememberNowAndThen()
        }
    }

    // MARK: Nodes

    func start(_ slot: Slot) {
        guard !isEnding, slot.machine.map({ $0.isDead || $0.hasEnded }) ?? true else { return }
        if let old = slot.machine { world.remove(old) }
        slot.machine = startNode(slot.key, slot)
    }

    func startNode(_ key: String, _ slot: Slot?) -> Machine {
        let machine = Machine(
            key, world: world, server: network.primary, offset: Int64(world.number(0...1e12)), rate: world.number(0.98...1.02),
            wallSkew: world.number(-10...10) * scenario.ttl)
        machine.onDeath = { self.endOfProcess(machine, slot, restartAfter: self.nanoseconds(self.scenario.ttl * 2)) }
        let stopping = StopRequest(machine)
        slot?.stopping = stopping
        world.history.note(world.time, key, "starts")
        do {
            let node = try makeNode(key, machine)
            machine.start { [self, world] in
                do { try await node.run(stopping) } catch {
                    guard !machine.isDead else { return }
                    world.history.note(world.time, key, "ended", "\(error)")
                    // Whoever runs it starts it again.
                    if let slot { world.after(500_000_000) { self.start(slot) } }
                }
            }
        } catch { observer.report("harness", "\(error)") }
        return machine
    }

    private func makeNode(_ key: String, _ machine: Machine) throws -> Node {
        var configuration = NodeConfiguration(
            key: key, leaseTTL: .milliseconds(Int(scenario.ttl * 1_000)), capacity: scenario.capacity,
            concurrentTasks: scenario.concurrentTasks, blockingThreads: 1, gracePeriod: .milliseconds(Int(scenario.ttl * 500)),
            pollInterval: .milliseconds(Int(scenario.poll * 1_000)), adoptionLimit: scenario.adoptionLimit)
        configuration.labels = Scenario.labels(Int(key.dropFirst()) ?? 0)
        var registry = ActionRegistry()
        try registry.register("work", parameters: Work.self) { [self] in try await work($0, $1, machine) }
        let logger =
            isLogged
            ? Logger(label: key) { _ in NoteHandler(world: self.world, machine: machine) }
            : Logger(label: key) { _ in SwiftLogNoOpLogHandler() }
        return try Node(
            configuration: configuration, store: SimulatedStore(machine: machine, network: network, mutation: mutation, observer: observer),
            keeper: SimulatedKeeper(machine: machine, network: network, mutation: mutation, observer: observer), registry: registry,
            host: machine, logger: logger)
    }

    struct Work: Codable, Sendable {
        var millis: Int
        var fails: Bool
        var traces: Int
        /// The mutex that it works under; empty for none.
        var mutex: String
        /// How many attempts fail before one succeeds.
        var failures: Int?
        /// How long it waits without a place, in milliseconds, before it works.
        var parks: Int?
        /// Whether it asks somebody to continue it.
        var blocks: Bool?
    }

    /// What the tasks of simulated runs do: they take their time, say something, and leave something behind that nobody else can have left.
    private func work(_ context: ActionContext, _ work: Work, _ machine: Machine) async throws {
        guard !machine.isDead else { throw CancellationError() }
        observer.attemptBegins(context, on: machine)
        defer { observer.attemptEnds(context) }
        try pause(context, work)
        let mark = "\(context.taskId) \(context.fencingToken).\(context.attempt)"
        for number in 0..<work.traces {
            await context.trace("\(mark) says \(number)")
            observer.says(context)
        }
        let length = Duration.milliseconds(work.millis)
        if work.mutex.isEmpty {
            if work.millis > 0 { try await machine.sleep(until: machine.now + length) }
        } else {
            try await workAlone(context, work.mutex, length, machine)
        }
        if work.traces > 1, await context.trace.flush(), !machine.isDead { observer.flushed(context, lines: work.traces) }
        // What runs for another run knows the attempt of that.
        if context.origin?.attempt ?? context.attempt <= work.failures ?? 0 { throw ActionError("this attempt fails") }
        if work.fails { throw ActionError("this task fails always") }
        try context.setOutput(mark)
        try context.shareData.set(context.taskId, mark)
    }

    /// Waits without a place, or for somebody, before it works.
    private func pause(_ context: ActionContext, _ work: Work) throws {
        if work.blocks == true, context.decision == nil {
            observer.attemptPauses(context)
            try context.block("go on?")
        }
        if let parks = work.parks, context.memo == nil {
            observer.attemptPauses(context)
            try context.park(until: context.now.addingTimeInterval(Double(parks) / 1_000), memo: .bool(true))
        }
    }

    /// Works under a mutex. One that is lost, or not to be had, is no failure of these tasks.
    private func workAlone(_ context: ActionContext, _ key: String, _ length: Duration, _ machine: Machine) async throws {
        let observer = observer
        // Waiting for a mutex, and giving it back, can hang in a call that nothing interrupts; no work is done meanwhile.
        observer.attemptEnds(context)
        do {
            try await context.withMutex(key, ttl: .milliseconds(Int(scenario.ttl * 800)), timeout: .milliseconds(Int(scenario.ttl * 3_000)))
            { token in
                guard !machine.isDead else { throw CancellationError() }
                let section = observer.enters(key, token, machine)
                observer.attemptGoesOn(context, on: machine)
                defer {
                    observer.leaves(section)
                    observer.attemptEnds(context)
                }
                try await machine.sleep(until: machine.now + length + .milliseconds(1))
            }
        } catch is MutexLost {
            try Task.checkCancellation()
        } catch is MutexTimeout {
        } catch is StoreError {}
    }

    // MARK: Submissions

    private func submit(_ run: Scenario.Run) {
        let instance = DagInstance(
            id: run.id, dagId: scenario.dags[run.dag].id, dagVersion: "1", createdAt: Server.date(world.time))
        let submitter = Machine("client", world: world, server: network.primary)
        let store = SimulatedStore(machine: submitter, network: network, mutation: mutation, observer: observer)
        let keeper = SimulatedKeeper(machine: submitter, network: network, mutation: mutation, observer: observer)
        submitter.start { [observer] in
            while !Task.isCancelled {
                do {
                    _ = try await store.submit(instance)
                    observer.acknowledged(instance.id)
                    await keeper.signal([.dispatch])
                    return
                } catch { try? await submitter.sleep(until: submitter.now + .milliseconds(200)) }
            }
        }
    }
}

/// Puts what nodes log into the history.
private struct NoteHandler: LogHandler {
    let world: World
    let machine: Machine
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard !machine.isDead else { return }
        let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        world.history.say(world.time, machine.name, "logs: \(event.message) \(values)")
    }
}

import Engine
import TestSupport
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The way from machines to the server and back: slow, and at times worse.
///
/// `@unchecked Sendable`: see `World`.
final class Network: @unchecked Sendable {
    let world: World
    /// The server that is the primary now.
    var primary: Server
    /// The probability that a message is lost.
    var loss = 0.0
    /// The probability that a request arrives much later than it was sent, maybe after its caller has given up.
    var lateness = 0.0
    /// Machines whose requests, or whose answers, do not get through.
    var cutRequests: Set<ObjectIdentifier> = []
    var cutAnswers: Set<ObjectIdentifier> = []
    /// The probability that a hint is lost or comes twice.
    var hintLoss = 0.0
    /// No hint arrives at all.
    var areHintsLost = false
    /// How long a caller waits for an answer, in seconds.
    let patience: ClosedRange<Double>
    /// What becomes of the next records of tasks, and of whoever sends them.
    var lastWords: [LastWords] = []

    /// The end of a process in the middle of a record.
    enum LastWords: String, CaseIterable, Sendable {
        /// The request is on its way for longer than a lease, and arrives when the run has another owner.
        case late
        /// It is never sent.
        case unsent
    }

    /// The most that an answer takes.
    var slowest = 0.01
    private var listeners: [(token: World.Token, machine: Machine, session: String?, onHint: @Sendable (Hint) -> Void)] = []

    init(world: World, primary: Server, patience: ClosedRange<Double>) {
        self.world = world
        self.primary = primary
        self.patience = patience
    }

    // MARK: Calls

    /// One step of a call on the server: one document.
    typealias Step = (Server) -> Void

    /// Sends a request, carries out its steps when it arrives, and answers when the majority has what was written.
    /// - Parameters:
    ///   - isWrite: reads are answered at once, from what the majority has.
    ///   - steps: other requests may come between two of them, and a connection may break there.
    ///   - answer: computed on the server after the last step.
    func call<R: Sendable>(
        _ machine: Machine, _ verb: String, isWrite: Bool, steps: [Step], answersEarly: Bool = false, answer: @escaping (Server) -> R
    ) async throws -> R {
        let token = world.token()
        return try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<R, any Error>) in
            guard !machine.isDead else { return continuation.resume(throwing: CancellationError()) }
            machine.begin(token) { continuation.resume(throwing: $0) }
            let death = machine.callBegins()
            if death == .beforeSending { return machine.killSoon() }
            let finish: (Result<R, any Error>) -> Void = { result in
                if death == .beforeAnswer { return machine.killSoon() }
                guard machine.end(token) else { return }
                if death == .afterAnswer { machine.killSoon() }
                self.world.history.note(self.world.time, machine.name, verb, self.describe(result))
                continuation.resume(with: result)
            }
            let limit = Int64(world.number(patience) * 1_000_000_000)
            world.after(limit) { finish(.failure(StoreError(.unavailable, "'\(verb)' was not answered in time", outcome: .unknown))) }
            guard verb.hasPrefix("task "), !lastWords.isEmpty else {
                return send(machine, verb, isWrite, steps, answersEarly, answer, finish)
            }
            machine.killSoon()
            guard lastWords.removeFirst() == .late else { return }
            let delay = Int64(world.number(patience) * 2_500_000_000)
            world.after(delay) { self.arrive(machine, isWrite, steps[...], answersEarly, answer, finish) }
        }
    }

    private func describe<R>(_ result: Result<R, any Error>) -> String {
        switch result {
        case .success(let value): Self.words(value)
        case .failure(let error): "failed: \(error)"
        }
    }

    /// A value in few words, the same each time.
    private static func words(_ value: Any) -> String {
        switch value {
        case let instance as DagInstance:
            "\(instance.id)=\(instance.status.rawValue)@\(instance.version) of \(instance.session?.prefix(4) ?? "nobody") from \(instance.runEpoch)"
        case let task as TaskInstance: "\(task.taskId)=\(task.status.rawValue)@\(task.version)"
        case let page as Page<DagInstance>: words(page.elements)
        case let owned as OwnedInstance: "\(owned.id)@\(owned.version) of \(owned.session?.prefix(4) ?? "nobody")"
        case let node as NodeStatus:
            "\(node.node.key) \(node.session.prefix(4))\(node.isAlive ? "" : " dead")\(node.isDraining ? " draining" : "") \(Int(node.secondsLeft * 1_000)) ms"
        case let leader as Leadership: "\(leader.key) \(leader.session.prefix(4)) term \(leader.term) \(Int(leader.secondsLeft * 1_000)) ms"
        case let dag as Dag: dag.id
        case let date as Date: "\(Int(date.timeIntervalSince1970 * 1_000) - 1_700_000_000_000)"
        case is Void: "done"
        case let list as [any Sendable]: "[\(list.map { words($0) }.joined(separator: ", "))]"
        case let value as any OptionalValue: value.wrapped.map { words($0) } ?? "nil"
        case JoinOutcome.joined: "joined"
        case JoinOutcome.taken(let holder): "taken by \(words(holder))"
        default: String("\(value)".prefix(200))
        }
    }

    private func send<R: Sendable>(
        _ machine: Machine, _ verb: String, _ isWrite: Bool, _ steps: [Step], _ answersEarly: Bool, _ answer: @escaping (Server) -> R,
        _ finish: @escaping (Result<R, any Error>) -> Void
    ) {
        if world.chance(loss) || cutRequests.contains(ObjectIdentifier(machine)) {
            // Half of the lost requests are noticed at once: the connection breaks, and whether it was sent is unknown all the same.
            if world.chance(0.5) {
                world.after(world.latency(0.0002, slowest)) {
                    finish(.failure(StoreError(.unavailable, "the connection broke before '\(verb)'", outcome: .unknown)))
                }
            }
            return
        }
        let delay = world.chance(lateness) ? world.latency(0.05, 8) : world.latency(0.0001, slowest)
        world.after(delay) { self.arrive(machine, isWrite, steps[...], answersEarly, answer, finish) }
    }

    private func arrive<R: Sendable>(
        _ machine: Machine, _ isWrite: Bool, _ steps: ArraySlice<Step>, _ answersEarly: Bool, _ answer: @escaping (Server) -> R,
        _ finish: @escaping (Result<R, any Error>) -> Void
    ) {
        let server = machine.server
        if server.isElecting {
            // The driver waits for a primary, as long as the caller waits for it.
            world.after(world.latency(0.02, 0.1)) { self.arrive(machine, isWrite, steps, answersEarly, answer, finish) }
            return
        }
        var rest = steps
        while let step = rest.popFirst() {
            step(server)
            if !rest.isEmpty, world.chance(loss) { return }
            guard !rest.isEmpty, world.chance(0.2) else { continue }
            let left = rest
            world.after(world.latency(0.0001, slowest)) { self.arrive(machine, isWrite, left, answersEarly, answer, finish) }
            return
        }
        let result = answer(server)
        guard isWrite, !answersEarly else { return reply(machine, .success(result), finish) }
        server.whenCommitted { isKept in
            self.reply(
                machine, isKept ? .success(result) : .failure(StoreError(.unavailable, "the primary stepped down", outcome: .unknown)),
                finish)
        }
    }

    private func reply<R>(_ machine: Machine, _ result: Result<R, any Error>, _ finish: @escaping (Result<R, any Error>) -> Void) {
        let isLost = world.chance(loss) || cutAnswers.contains(ObjectIdentifier(machine))
        guard !isLost else {
            if world.chance(0.5) {
                world.after(world.latency(0.0002, slowest)) {
                    finish(.failure(StoreError(.unavailable, "the connection broke before the answer", outcome: .unknown)))
                }
            }
            return
        }
        world.after(world.latency(0.0001, slowest)) { finish(result) }
    }

    // MARK: Hints

    /// - Parameter session: who listens; `nil` for the leader.
    func listen(_ machine: Machine, session: String?, onHint: @escaping @Sendable (Hint) -> Void) async {
        let token = world.token()
        listeners.append((token, machine, session, onHint))
        defer { listeners.removeAll { $0.token == token } }
        (session.map { [.assigned(session: $0), .unlocked(key: nil)] } ?? [Hint.nodesChanged]).forEach(onHint)
        while !Task.isCancelled { try? await machine.sleep(until: machine.now + .seconds(100_000)) }
    }

    func signal(_ machine: Machine, _ hints: [Hint]) {
        guard !areHintsLost, !machine.isDead, !cutRequests.contains(ObjectIdentifier(machine)), !primary.isElecting else { return }
        for hint in hints {
            for listener in listeners {
                if case .assigned(let wanted, _) = hint, wanted != listener.session { continue }
                if case .commanded(let wanted, _) = hint, wanted != listener.session { continue }
                guard hint.isForLeader == (listener.session == nil) else { continue }
                let times = world.chance(hintLoss) ? (world.chance(0.5) ? 0 : 2) : 1
                for _ in 0..<times { deliver(hint, to: listener.token, after: world.latency(0.0003, slowest)) }
            }
        }
    }

    private func deliver(_ hint: Hint, to token: World.Token, after delay: Int64) {
        world.after(delay) {
            guard let listener = self.listeners.first(where: { $0.token == token }), !listener.machine.isDead else { return }
            guard !self.cutAnswers.contains(ObjectIdentifier(listener.machine)) else { return }
            // A process that does not run reads its hints when it runs again.
            if listener.machine.isPaused { return self.deliver(hint, to: token, after: 50_000_000) }
            listener.onHint(hint)
        }
    }
}

private protocol OptionalValue {
    var wrapped: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate var wrapped: Any? { self }
}
